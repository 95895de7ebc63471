"""The rules of one day, one file a subject: plain scalar rules, and the loops that apply them."""
