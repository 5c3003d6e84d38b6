// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.StackWalker.StackFrame;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Where a stop is held back, for all classes that were woven.
///
/// Invariants
///
/// 1. A class loader is held weakly and told apart by identity: its own `equals` and `hashCode` are
///    never called.
/// 2. Only classes and methods that have such code are in the table; most have not.
/// 3. What is told of a class is of its newest form. Frames that entered an older one, before it
///    was woven at run time, are judged by the new one, and may be judged wrongly.
///
/// Threads: safe for all; nobody waits.
final class ShieldTable {

  private static final class Key extends WeakReference<ClassLoader> {

    private final int hash;

    Key(ClassLoader loader, @Nullable ReferenceQueue<ClassLoader> queue) {
      super(loader, queue);
      this.hash = System.identityHashCode(loader);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (other == this) {
        return true; // also when its loader is gone
      }
      ClassLoader loader = get();
      return loader != null && other instanceof Key key && key.refersTo(loader);
    }
  }

  private final ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
  private final ClassLoader boot = new ClassLoader(null) {}; // stands for it
  private final Map<Key, Map<String, Map<String, char[]>>> table = new ConcurrentHashMap<>();

  /// @param loader null for the JVM's own
  /// @param className with slashes
  void put(@Nullable ClassLoader loader, String className, Map<String, char[]> shielded) {
    for (Reference<?> key = gone.poll(); key != null; key = gone.poll()) {
      table.remove(key);
    }
    Key key = new Key(loader == null ? boot : loader, null);
    if (shielded.isEmpty()) {
      Map<String, Map<String, char[]>> classes = table.get(key);
      if (classes != null) {
        classes.remove(className);
      }
    } else {
      Map<String, Map<String, char[]>> classes = table.get(key);
      if (classes == null) {
        classes = new ConcurrentHashMap<>();
        Map<String, Map<String, char[]>> first =
            table.putIfAbsent(new Key(loader == null ? boot : loader, gone), classes);
        classes = first == null ? classes : first;
      }
      classes.put(className, shielded);
    }
  }

  /// {@return whether a frame is in code that holds a stop back}
  ///
  /// @param frame of a walker that keeps the classes
  boolean holds(StackFrame frame) {
    Class<?> owner = frame.getDeclaringClass();
    ClassLoader loader = owner.getClassLoader();
    Map<String, Map<String, char[]>> classes =
        table.get(new Key(loader == null ? boot : loader, null));
    if (classes == null) {
      return false;
    }
    Map<String, char[]> methods = classes.get(owner.getName().replace('.', '/'));
    char[] ranges = methods == null ? null : methods.get(frame.getMethodName());
    return ranges != null && contains(ranges, frame.getByteCodeIndex());
  }

  private static boolean contains(char[] ranges, int index) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] <= index && index < ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /// {@return how many methods have such code, those of one name counted once}
  int methods() {
    return table.values().stream()
        .flatMap(classes -> classes.values().stream())
        .mapToInt(Map::size)
        .sum();
  }
}
