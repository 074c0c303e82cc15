"""The engines at a terminal: a folder of tables in, a folder of tables out, no database."""

import typer

engine_app = typer.Typer(no_args_is_help=True, help="Engines without a database: tables in, tables out.")
