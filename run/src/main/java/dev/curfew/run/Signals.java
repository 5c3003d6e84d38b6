// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The signals that stop a run, while it is installed. One that was ignored when the program
/// started, as under `nohup`, stays ignored.
///
/// The JDK's one way to hear of signals is `sun.misc.Signal`. It is called by reflection, because
/// the compiler warns of its name and lets nobody silence that.
final class Signals implements AutoCloseable {

  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

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
    try {
      Signals signals = new Signals(onSignal);
      for (String name : NAMES) {
        signals.install(name);
      }
      return signals;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM lets no program hear of signals", e);
    }
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
