"""Mastodon's client API, for the apps that people use: read a request, call actions and queries, render."""
