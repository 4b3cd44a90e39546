"""Durable work: jobs that wait for their line and survive whatever ends it.

``worker`` does what ``rabta.store.outbox`` holds; ``ways`` says over which uplinks a
job may go now; ``transfer`` moves files that go on where they stopped.
"""
