// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver.ClassHierarchyInfo;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Classes of a test, woven, each in a class loader of its own.
final class Program {

  private final Map<String, Woven> woven = new LinkedHashMap<>();
  private final ShieldTable shields = new ShieldTable();
  private final ClassLoader loader;

  Program(Map<String, byte[]> classes) {
    this(classes, new Weaver(name -> classes.containsKey(name.replace('/', '.')))::weave);
  }

  private Program(Map<String, byte[]> classes, Function<byte[], Woven> weaver) {
    classes.forEach((name, bytes) -> woven.put(name, weaver.apply(bytes)));
    this.loader = loader(classes);
    woven.forEach((name, each) -> shields.put(loader, name.replace('.', '/'), each.shielded()));
  }

  private ClassLoader loader(Map<String, byte[]> classes) {
    return new ClassLoader(Program.class.getClassLoader()) {
      @Override
      protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
          Class<?> known = findLoadedClass(name);
          if (known != null) {
            return known;
          }
          return classes.containsKey(name) ? findClass(name) : super.loadClass(name, resolve);
        }
      }

      @Override
      protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] original = classes.get(name);
        if (original == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = woven.get(name).bytes();
        byte[] used = bytes == null ? original : bytes;
        return defineClass(name, used, 0, used.length);
      }
    };
  }

  /// {@return the same without any check}
  static Program plain(Map<String, byte[]> classes) {
    return new Program(classes, _ -> new Woven(null, 0, false, Map.of(), List.of()));
  }

  /// Lets the JDK's verifier look at each class, and the JVM's by linking it.
  void verify() throws ClassNotFoundException {
    verifyFiles();
    for (String name : woven.keySet()) {
      link(name);
    }
  }

  private void link(String name) throws ClassNotFoundException {
    try {
      assertThat(Class.forName(name, false, loader).getDeclaredMethods()).isNotNull();
    } catch (NoClassDefFoundError e) {
      assertThat(e.getMessage()).as("what a library misses is not its own").isNotIn(woven.keySet());
    }
  }

  /// Lets the JDK's verifier look at each class.
  void verifyFiles() {
    ClassFile format =
        ClassFile.of(ClassHierarchyResolverOption.of(_ -> ClassHierarchyInfo.ofInterface()));
    for (Map.Entry<String, Woven> each : woven.entrySet()) {
      byte[] bytes = each.getValue().bytes();
      if (bytes != null && format.parse(bytes).majorVersion() >= ClassFile.JAVA_6_VERSION) {
        assertThat(format.verify(bytes)).as(each.getKey()).isEmpty();
      }
    }
  }

  Woven woven(String name) {
    return woven.get(name);
  }

  ShieldTable shields() {
    return shields;
  }

  ClassLoader loader() {
    return loader;
  }

  List<String> failures() {
    return woven.values().stream().flatMap(each -> each.failures().stream()).toList();
  }

  /// {@return whether a stop would be held back here}
  boolean isHeld() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(frames -> frames.anyMatch(shields::holds));
  }

  int checks() {
    return woven.values().stream().mapToInt(Woven::checks).sum();
  }

  /// Calls a static method, and throws what it throws.
  Object call(String type, String method, Object... arguments) throws Throwable {
    Class<?> owner = Class.forName(type, true, loader);
    Method found =
        Arrays.stream(owner.getDeclaredMethods())
            .filter(each -> each.getName().equals(method))
            .findFirst()
            .orElseThrow(() -> new NoSuchMethodException(method));
    found.setAccessible(true);
    try {
      return found.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
