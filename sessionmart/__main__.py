"""`python -m sessionmart`."""

from sessionmart import main

if __name__ == "__main__":
    main()
