"""The shop on one machine: what `make run` starts and watches over, and the PostgreSQL of the tests.

Nothing here runs in production. `postgres` supervises an embedded server, `stack` everything `make run` needs.
"""
