// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// One function of the C library that gives an `int` and takes at most six integers or addresses.
///
/// All are called in one shape: six 64-bit integers. On the architectures of [Libc] these travel in
/// registers, variable arguments too, and a callee reads as many of them as it has parameters, and
/// as many of their bits. So one stub is linked instead of a dozen, which would cost every start of
/// a JVM more than all its first calls.
///
/// @param setsErrno whether -1 means that the reason is in `errno`
record CFunction(MemorySegment address, boolean setsErrno) {

  /// Linked at the first call.
  private static final class Shape {
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
    private static final MethodHandle CALL = link();

    /// Where the error number is left for the calling thread.
    private static final ThreadLocal<MemorySegment> ERRORS =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    private Shape() {}

    // Restricted: it is called only after asking whether native access is enabled (see Libc).
    @SuppressWarnings("restricted")
    private static MethodHandle link() {
      return Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
              Linker.Option.captureCallState("errno"));
    }
  }

  /// A function that gives its result, or an error number.
  static CFunction plain(MemorySegment address) {
    return new CFunction(address, false);
  }

  /// A function that gives -1 and sets `errno`.
  static CFunction failing(MemorySegment address) {
    return new CFunction(address, true);
  }

  int call(long a) {
    return call(a, 0, 0, 0, 0, 0);
  }

  int call(long a, long b) {
    return call(a, b, 0, 0, 0, 0);
  }

  int call(long a, long b, long c) {
    return call(a, b, c, 0, 0, 0);
  }

  int call(long a, long b, long c, long d, long e) {
    return call(a, b, c, d, e, 0);
  }

  /// {@return the result, or the negated error number where the function sets one}
  int call(long a, long b, long c, long d, long e, long f) {
    MemorySegment errors = Shape.ERRORS.get();
    int result = invoke(errors, a, b, c, d, e, f);
    return setsErrno && result == -1 ? -errors.get(JAVA_INT, Shape.ERRNO) : result;
  }

  private int invoke(MemorySegment errors, long a, long b, long c, long d, long e, long f) {
    try {
      return (int) Shape.CALL.invokeExact(address, errors, a, b, c, d, e, f);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException("A call of the C library threw.", impossible);
    }
  }
}
