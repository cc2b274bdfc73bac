"""Every guard that protects a seat, money, a ticket or a stranger, to be removed one by one."""

from tests.mutants import booking, books, core, gateways, money, orders, payments, proof, stripe, tables

MUTANTS = (
    *booking.MUTANTS,
    *orders.MUTANTS,
    *payments.MUTANTS,
    *gateways.MUTANTS,
    *core.MUTANTS,
    *tables.MUTANTS,
    *money.MUTANTS,
    *books.MUTANTS,
    *proof.MUTANTS,
    *stripe.MUTANTS,
)
