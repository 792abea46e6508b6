"""A stand-in for Stripe in its own process: it remembers, its subscriptions live by a clock that tests move.

Start it::

    python -m tests.services.stripe_counterpart [--port 0] [--key sk_test_counterpart]
        [--webhook http://127.0.0.1:8001/external_api/v1/customers/billing/webhook] [--secret whsec_counterpart]

It prints one line of JSON with its address when it listens, ``{"address": "http://127.0.0.1:40001"}``, and ends when
its standard input closes. ``process.counterpart()`` does that for tests. The service under test is told about it by
``STRIPE_API_BASE`` (the address), ``STRIPE_SECRET_KEY`` (the key) and ``STRIPE_WEBHOOK_SECRET`` (the secret).

What a test does to it, JSON in and out:

======================================== =============================================================================
``POST /_control/prices``                ``{"amount": 4900, "currency": "eur", "interval": "month", "id": "price_x"}``
                                         makes a price (``id`` may be left out) and answers it
open ``url`` of a checkout in a browser  a page with the buttons "Pay" and "Cancel", which lead back to the caller
``POST /_control/checkouts/ID/complete`` the same without a browser: ``{}`` pays, ``{"payment": "later"}`` pays when the
                                         bank answers, ``{"payment": "fails"}`` leaves the first invoice open
``POST /_control/checkouts/ID/bank``     ``{"answers": true}``: the bank of a payment that was "later"
``POST /_control/checkouts/ID/expire``   nobody can pay there any more
``POST /_control/clock``                 ``{"advance": 86400}`` or ``{"to": 1798761600}``, in seconds: renewals, ends of
                                         trials, retries and cancellations on the way happen at their times
``POST /_control/customers/ID/card``     ``{"works": false}``: payments fail from now on
``POST /_control/invoices/ID/pay``       pay an open one
``POST /_control/subscriptions/ID/do``   ``{"what": "cancel" | "pause" | "resume" | "pause_collection" | "collect"}``
``POST /_control/webhook``               how events are delivered: ``url``, ``secret``, ``old_secret``; ``mode``
                                         ("send", "hold", "drop"); ``copies``; ``delay`` (seconds); ``is_shuffled``;
                                         ``sign_with`` ("secret", "old", "wrong"); ``skew`` (seconds added to the
                                         signature's time)
``POST /_control/deliver``               ``{"ids": [...]}``: send held events now, in this order
``POST /_control/sign``                  ``{"id": "evt_…"}`` with ``sign_with`` and ``skew``: body and header, not sent
``POST /_control/down``                  ``{"is_down": true}``: every call of the API is answered with 503
``GET /_control/things/ID``              one object as it is now
``GET /_control/events?after=N``         what has happened after the first N events, and how many there are
``GET /_control/state``                  clock, all objects, events, deliveries with their answers, requests with their
                                         idempotency keys
======================================== =============================================================================

Its clock starts with the machine's and then stands still but for what moves it. Signatures bear the machine's time.
The shapes are those of the API version of ``backend.services.stripe_gateway``; nothing here was compared with Stripe.
"""
