"""Every guard that protects a seat, money, a ticket or a stranger, to be removed one by one."""

from tests.mutants import booking, core, gateways, orders, payments, tables

MUTANTS = (
    *booking.MUTANTS,
    *orders.MUTANTS,
    *payments.MUTANTS,
    *gateways.MUTANTS,
    *core.MUTANTS,
    *tables.MUTANTS,
)
