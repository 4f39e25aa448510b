"""The rules of what a mail becomes, one family of questions a file. `mailgate/decide.py` puts them in order.

A rule is a function from `Facts` to a decision, or to None when it has no opinion. It is pure.
"""
