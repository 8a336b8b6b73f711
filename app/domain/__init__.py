"""The words and rules of the interview, as pure values and functions. Standard library only."""
