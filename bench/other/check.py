# SPDX-License-Identifier: Apache-2.0
"""The loops of the package `check` with `Event.is_set()` in every iteration, beside themselves without.

Prints lines: column, "check" or "none", CPU ns per iteration. One argument: ms a sample.
"""

import random
import sys
import threading
import time

N = 4096
M = 24  # of the matrices
SAMPLES = 5
MASK = (1 << 64) - 1

event = threading.Event()
random.seed(1)
a = [random.randrange(1 << 15) for _ in range(N)]
b = [random.randrange(1 << 15) for _ in range(N)]
c = [0] * N
p, q, r = ([[random.randrange(1 << 15) for _ in range(M)] for _ in range(M)] for _ in range(3))


def dot_check(stopped):
    total = 0
    for i in range(N):
        if stopped():
            break
        total += a[i] * b[i]
    return total


def dot_none(_):
    total = 0
    for i in range(N):
        total += a[i] * b[i]
    return total


def scale_check(stopped):
    for i in range(N):
        if stopped():
            break
        c[i] = a[i] * 3 + b[i]


def scale_none(_):
    for i in range(N):
        c[i] = a[i] * 3 + b[i]


def matrix_check(stopped):
    for i in range(M):
        to = r[i]
        for k in range(M):
            factor, source = p[i][k], q[k]
            for j in range(M):
                if stopped():
                    break
                to[j] = (to[j] + factor * source[j]) & 0xFFFFFFFF


def matrix_none(_):
    for i in range(M):
        to = r[i]
        for k in range(M):
            factor, source = p[i][k], q[k]
            for j in range(M):
                to[j] = (to[j] + factor * source[j]) & 0xFFFFFFFF


def chain_check(stopped):
    x = 88172645463325252
    for _ in range(N):
        if stopped():
            break
        x ^= (x << 13) & MASK
        x ^= x >> 7
        x ^= (x << 17) & MASK
    return x


def chain_none(_):
    x = 88172645463325252
    for _ in range(N):
        x ^= (x << 13) & MASK
        x ^= x >> 7
        x ^= (x << 17) & MASK
    return x


LOOPS = {
    "dot product": (dot_check, dot_none, N),
    "c[i] = a[i]*3 + b[i]": (scale_check, scale_none, N),
    "matrix product": (matrix_check, matrix_none, M**3),
    "chain": (chain_check, chain_none, N),
}


def measure(loop, iterations, ms):
    rounds = 0
    began = now = time.process_time_ns()
    while now - began < ms * 1e6:
        loop(event.is_set)
        rounds += 1
        now = time.process_time_ns()
    return (now - began) / (rounds * iterations)


def main():
    ms = float(sys.argv[1]) if len(sys.argv) > 1 else 100
    for column, (check, none, iterations) in LOOPS.items():
        for _ in range(SAMPLES):
            print(f"{column}\tcheck\t{measure(check, iterations, ms):.3f}")
            print(f"{column}\tnone\t{measure(none, iterations, ms):.3f}")


main()
