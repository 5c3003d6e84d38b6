// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The signals that stop a run, and those that change how many jobs it runs at a time, while it is
/// installed. One that was ignored when the program started, as under `nohup`, stays ignored.
///
/// HotSpot suspends its threads with USR2, for the flight recorder, unless the environment variable
/// `_JAVA_SR_SIGNUM` names another signal: only then is USR2 ours.
///
/// The JDK's one way to hear of signals is `sun.misc.Signal`. It is called by reflection, because
/// the compiler warns of its name and lets nobody silence that.
final class Signals implements AutoCloseable {

  /// Asks for one more job at a time.
  static final String MORE = "SIGUSR1";

  /// Asks for one job less at a time.
  static final String FEWER = "SIGUSR2";

  private static final int USR2 = 12;

  private final Class<?> signalType;
  private final Class<?> handlerType;
  private final Method handle;
  private final Consumer<String> onSignal;
  private final List<Runnable> undo = new ArrayList<>();

  private Signals(Consumer<String> onSignal) throws ReflectiveOperationException {
    this.onSignal = onSignal;
    signalType = Class.forName("sun.misc.Signal");
    handlerType = Class.forName("sun.misc.SignalHandler");
    handle = signalType.getMethod("handle", signalType, handlerType);
  }

  /// Calls back for each signal, on a thread of the JVM, until closed.
  static Signals install(Consumer<String> onSignal) {
    return install(names(System.getenv("_JAVA_SR_SIGNUM")), onSignal);
  }

  /// Calls back for each of these signals, on a thread of the JVM, until closed.
  ///
  /// @param names without `SIG`
  static Signals install(List<String> names, Consumer<String> onSignal) {
    try {
      Signals signals = new Signals(onSignal);
      for (String name : names) {
        signals.install(name);
      }
      return signals;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM lets no program hear of signals", e);
    }
  }

  /// @param suspending number of the signal that HotSpot was told to suspend threads with
  static List<String> names(@Nullable String suspending) {
    List<String> names = new ArrayList<>(List.of("INT", "TERM", "HUP", "USR1"));
    if (suspending != null
        && suspending.matches("[0-9]{1,3}")
        && Integer.parseInt(suspending) > USR2) {
      names.add("USR2");
    }
    return names;
  }

  private void install(String name) throws ReflectiveOperationException {
    Object signal;
    Object before;
    try {
      signal = signalType.getConstructor(String.class).newInstance(name);
      before = handle.invoke(null, signal, handler(name));
    } catch (InvocationTargetException e) {
      return; // not known here, or kept by the JVM (-Xrs): then its own way of ending is left
    }
    if (before.equals(handlerType.getField("SIG_IGN").get(null))) {
      restore(signal, before);
    } else {
      undo.add(() -> restore(signal, before));
    }
  }

  private Object handler(String name) {
    return Proxy.newProxyInstance(
        handlerType.getClassLoader(),
        new Class<?>[] {handlerType},
        (proxy, method, arguments) -> answer(proxy, method, arguments, name));
  }

  private @Nullable Object answer(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments, String name) {
    return switch (method.getName()) {
      case "equals" -> arguments != null && same(proxy, arguments[0]);
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "curfew's handler of SIG" + name;
      default -> {
        onSignal.accept("SIG" + name);
        yield null;
      }
    };
  }

  @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
  private static boolean same(Object proxy, @Nullable Object other) {
    return proxy == other;
  }

  private void restore(Object signal, Object handler) {
    try {
      handle.invoke(null, signal, handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(signal + " cannot be given back", e);
    }
  }

  @Override
  public void close() {
    undo.forEach(Runnable::run);
    undo.clear();
  }
}
