// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntriesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "int a(int n) { return n + 1; }|none",
        "int a(int n) { return Math.abs(n) + String.valueOf(n).length(); }|none",
        "String a(int n) { return \"n\" + n; }|none",
        "String toString(int n) { return \"n\" + this; }|none",
        "public String toString() { return \"n\" + next; } Object next;|toString",
        "public int hashCode() { return next.hashCode(); } Object next;|hashCode",
        "int a(int n) { return a(n - 1); }|a",
        "int a(int n) { return b(n); } int b(int n) { return a(n); }|b",
        "int longer(int n) { return b(n); } int b(int n) { return n; }|none",
        "int a(int n) { return longer(n); } int longer(int n) { return n; }|a",
        "int a(int n) { return longer(n); } private int longer(int n) { return n; }|none",
        "int a(int n) { return longer(n); } static int longer(int n) { return other(n); } static int other(int n) { return n; }|none",
        "int a(int n) { return longer(n); } private int longer(int n) { return a(n); }|a",
        "synchronized int a(int n) { return a(n); }|none",
        "public void close() { close(); }|none",
        "native int a(int n);|none",
        "Runnable a() { return () -> {}; }|lambda$a$0",
        "Runnable a() { return this::b; } void b() { c(); } void c() {}|b",
        "Runnable a() { return this::b; } void b() { }|none",
        "static int x = y(); static int y() { return 1; }|none",
        "A() {} A(int n) { new A(n); }|<init>",
        "A(int n) { this(); } A() {}|none",
        "int a(java.util.List<Integer> l) { return l.get(0); }|none"
      })
  void entryHasACheck(String members, String methods) {
    assertThat(entries("class A { %s }".formatted(members)))
        .isEqualTo(methods == null ? "" : methods);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "class A implements java.util.Comparator<A> { public int compare(A a, A b) { return rank(a); } int rank(A a) { return 1; } }|compare",
        "class A extends java.util.AbstractList<A> { public A get(int i) { return of(i); } public int size() { return 1; } A of(int i) { return this; } }|get",
        "class A implements java.io.Serializable { A next() { return of(1); } A of(int i) { return this; } }|none",
        "enum A { ONE; int next() { return of(1); } int of(int i) { return 1; } }|none",
        "record A(Object o) { int next() { return of(1); } int of(int i) { return 1; } }|equals hashCode toString"
      })
  void classThatOtherCodeKnowsAsItsOwnHasChecks(String source, String methods) {
    assertThat(entries(source)).isEqualTo(methods == null ? "" : methods);
  }

  /// A copy of a small method may be in much other code, which is not to be dropped with the rest
  /// of its class.
  @Test
  void smallMethodsAreBehindADoorOfTheirOwn() {
    String small = "int small(int n) { return small(n - 1); }";
    String large = "int large(int n) { return large(n - 1) %s; }".formatted("+ n".repeat(20));
    String loops = "void loops(int n) { while (n > 0) n--; }";
    byte[] woven =
        new Weaver(_ -> true)
            .weave(Compiled.of(17, "class A { %s %s %s }".formatted(small, large, loops)).get("A"))
            .bytes();
    int door = Site.door("A");
    assertThat(calls(woven))
        .containsEntry("small", "entry" + Site.small(door))
        .containsEntry("large", "entry" + door)
        .containsEntry("loops", "loop" + door);
    assertThat(Site.small(door)).isNotEqualTo(door);
  }

  /// A check that reads a field costs nothing where the JIT does not inline.
  @Test
  void largeMethodsHaveAHatch() {
    String source = "class A { int large(int n) { return large(n - 1) %s; } }";
    byte[] inlined = weave(source.formatted("+ n".repeat(71)));
    byte[] woven = weave(source.formatted("+ n".repeat(72)));
    int door = Site.door("A");
    assertThat(calls(inlined)).containsEntry("large", "entry" + door);
    assertThat(calls(woven)).containsEntry("large", "entryHatch" + door);
  }

  /// Out of a loop of other code the JIT may move a read, and nothing else stops that loop.
  @Test
  void largeMethodsThatLoopsOfOtherCodeCallHaveADoor() {
    String large = "of(this); n = n" + "+ n".repeat(90) + ";";
    String consumer =
        "class A implements java.util.function.IntConsumer { A of(A a) { return a.of(a); }"
            + (" public void accept(int n) { " + large + " } }");
    String lambda =
        "class A { A of(A a) { return a.of(a); }"
            + (" java.util.function.IntConsumer get() { return n -> { " + large + " }; } }");
    int door = Site.door("A");
    assertThat(firstCalls(consumer)).containsEntry("accept", "entry" + door);
    assertThat(firstCalls(lambda)).containsEntry("lambda$get$0", "entry" + door);
  }

  private static Map<String, String> firstCalls(String source) {
    byte[] plain = Compiled.of(17, source).get("A");
    byte[] woven = new Weaver(name -> !name.startsWith("java/")).weave(plain).bytes();
    Map<String, String> calls = new HashMap<>();
    for (MethodModel method : ClassFile.of().parse(Objects.requireNonNull(woven)).methods()) {
      for (Survey survey : Survey.of(method).stream().toList()) {
        survey.calls.stream()
            .limit(1)
            .forEach(
                call -> calls.put(method.methodName().stringValue(), call.name().stringValue()));
      }
    }
    return calls;
  }

  private static byte[] weave(String source) {
    return new Weaver(_ -> true).weave(Compiled.of(17, source).get("A")).bytes();
  }

  @Test
  void nestedClassesAreBehindTheDoorOfTheOuterOne() {
    assertThat(Site.door("com/acme/A$B$C")).isEqualTo(Site.door("com.acme.A"));
    assertThat(IntStream.range(0, 1000).map(i -> Site.door("com.acme.A" + i)).distinct().count())
        .isGreaterThan(50);
  }

  private static Map<String, String> calls(byte @Nullable [] woven) {
    Map<String, String> calls = new HashMap<>();
    for (MethodModel method : ClassFile.of().parse(Objects.requireNonNull(woven)).methods()) {
      for (Survey survey : Survey.of(method).stream().toList()) {
        survey.calls.stream()
            .filter(call -> call.owner().asInternalName().equals("java/lang/CurfewSite"))
            .forEach(
                call -> calls.put(method.methodName().stringValue(), call.name().stringValue()));
      }
    }
    return calls;
  }

  private static String entries(String source) {
    Map<String, byte[]> classes = Compiled.of(17, source);
    ClassModel model = ClassFile.of().parse(classes.get("A"));
    List<Survey> surveys =
        model.methods().stream().flatMap(method -> Survey.of(method).stream()).toList();
    Entries entries = new Entries(model, surveys, classes::containsKey);
    TreeSet<String> names = new TreeSet<>();
    surveys.stream()
        .filter(entries::needs)
        .forEach(survey -> names.add(survey.method.methodName().stringValue()));
    return String.join(" ", names);
  }
}
