"""stub"""


class Connections:
    pass
