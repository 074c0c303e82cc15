"""Arithmetic: frames and numbers in, frames and numbers out; no database, clock or settings."""
