"""Section 4.1 of Gupta and Naveed: the network of Diehl and Cook (2015), which learns digits without labels."""
