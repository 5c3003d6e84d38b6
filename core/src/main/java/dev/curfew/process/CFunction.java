// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One function of the C library that gives an `int`.
///
/// @param handle takes the arguments as one array
/// @param setsErrno whether -1 means that the reason is in `errno`
record CFunction(MethodHandle handle, boolean setsErrno) {
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(PathElement.groupElement("errno")).withInvokeExactBehavior();

  /// A function that gives its result, or an error number.
  static CFunction plain(MemorySegment address, MemoryLayout... arguments) {
    return bind(address, false, List.of(), arguments);
  }

  /// A function that gives -1 and sets `errno`.
  ///
  /// @param fixed how many arguments stand before the variable ones, -1 if none are variable
  static CFunction failing(MemorySegment address, int fixed, MemoryLayout... arguments) {
    var options = new ArrayList<Linker.Option>();
    options.add(Linker.Option.captureCallState("errno"));
    if (fixed >= 0) {
      options.add(Linker.Option.firstVariadicArg(fixed));
    }
    return bind(address, true, options, arguments);
  }

  // Restricted: it is called only after asking whether native access is enabled (see Libc).
  @SuppressWarnings("restricted")
  private static CFunction bind(
      MemorySegment address,
      boolean setsErrno,
      List<Linker.Option> options,
      MemoryLayout... arguments) {
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(
                address,
                FunctionDescriptor.of(JAVA_INT, arguments),
                options.toArray(new Linker.Option[0]));
    MethodHandle spread =
        handle
            .asSpreader(Object[].class, handle.type().parameterCount())
            .asType(MethodType.methodType(int.class, Object[].class));
    return new CFunction(spread, setsErrno);
  }

  /// {@return the result, or the negated error number where the function sets one}
  int call(Object... arguments) {
    if (!setsErrno) {
      return invoke(arguments);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      var list = new ArrayList<Object>(arguments.length + 1);
      list.add(state);
      list.addAll(Arrays.asList(arguments));
      int result = invoke(list.toArray());
      return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }
  }

  private int invoke(Object[] arguments) {
    try {
      return (int) handle.invokeExact(arguments);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException("A call of the C library threw.", impossible);
    }
  }
}
