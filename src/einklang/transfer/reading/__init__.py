"""Files as tables of text: sizes, encodings, separators, decimals and dates, on evidence or by asking."""

from einklang.transfer.reading.dialect import Answers, Dialect, Question, in_one_form, read_as
from einklang.transfer.reading.files import Table, read, tables_in

__all__ = ["Answers", "Dialect", "Question", "Table", "in_one_form", "read", "read_as", "tables_in"]
