"""The report for the council: what is offered beside what is asked for."""
