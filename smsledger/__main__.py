"""`python -m smsledger` is the `smsledger` command."""

from smsledger.cli import main

if __name__ == "__main__":
    main()
