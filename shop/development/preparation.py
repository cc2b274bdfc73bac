"""`python -m shop.development.preparation`: the tables, and in an empty shop the demonstration's catalogue.

What `flask db upgrade` and `flask catalogue demonstration` do, in one process: loading the shop takes most of both.
"""

from flask.cli import ScriptInfo
from flask_migrate import upgrade

from shop.catalogue.commands import demonstration
from wsgi import app


def main() -> None:
    """Prepare the database of the settings."""
    with app.app_context():
        upgrade()
    demonstration.main([], standalone_mode=False, obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
