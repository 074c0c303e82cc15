"""Lean: the beat of demand, work shared along a line, kanban loops, levelled sequences, DDMRP buffers."""
