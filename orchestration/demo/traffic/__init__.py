"""Logs of API traffic with planted truth: what agents of the organisation's own would send through a gateway.

Enter by `logs.write_logs`. Nothing is imported here, so that the truth can name the truth of a call.
"""
