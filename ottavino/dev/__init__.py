"""What only a developer's machine needs: the development server, its database, tokens, new
projects.
"""
