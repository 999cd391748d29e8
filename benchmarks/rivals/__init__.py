"""Other ways to step the same neurons. Each module is run as a program: SCHEME PRECISION THREADS prints steps/s."""
