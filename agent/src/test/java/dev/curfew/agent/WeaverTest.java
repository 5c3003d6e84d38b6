// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeaverTest {

  private static final String LOOPS =
      """
      package com.acme;
      import java.util.function.*;
      public class Loops {
        static int work(int n) {
          int sum = 0;
          for (int i = 0; i < n; i++) sum += i;
          while (n-- > 0) { if (n == 3) continue; sum ^= n; }
          do { sum++; } while (sum % 7 != 0);
          for (char c : "loops".toCharArray()) {
            switch (c) { case 'o': sum += 2; break; case 's': continue; default: sum--; }
          }
          for (String s : java.util.Arrays.asList("a", "b")) {
            switch (s) { case "a": sum += 5; break; default: sum += 6; }
          }
          return sum;
        }
        static String text(int n) {
          long wide = 1L << 40; double half = 0.5;
          StringBuilder out = new StringBuilder();
          outer:
          for (int i = 0; ; i++) {
            for (int j = 0; j < 3; j++) {
              if (i == n) break outer;
              try { if (j == 1) continue outer; out.append(i * wide).append(half); }
              catch (RuntimeException e) { out.append(e); }
              finally { out.append(','); }
            }
          }
          return out.toString();
        }
        final int made;
        Loops(int n) { int k = 0; for (int i = 0; i < n; i++) k += i; made = k; }
        static int constructed(int n) { return new Loops(n).made; }
        interface Shape {
          default int area(int n) { int a = 0; while (a < n) a += 2; return a; }
          static int twice(int n) { int a = 0; for (int i = 0; i < n; i++) a += 2; return a; }
        }
        enum Side { LEFT, RIGHT; int turn(int n) { int t = 0; while (t < n) t += 3; return t; } }
        static int shapes(int n) {
          IntUnaryOperator square = x -> { int s = 0; for (int i = 0; i < x; i++) s += x; return s; };
          return new Shape() {}.area(n) + Shape.twice(n) + Side.LEFT.turn(n) + square.applyAsInt(n);
        }
        static int set;
        static class Late { static int value; static { for (int i = 0; i < 9; i++) value += i; } }
        static int late(int n) { return Late.value + n; }
      }
      """;

  private static final String MODERN =
      """
      package com.acme;
      public class Modern {
        sealed interface Node permits Leaf, Pair {}
        record Leaf(int value) implements Node {
          Leaf { int v = value; while (v > 100) v--; value = v; }
        }
        record Pair(Node left, Node right) implements Node {}
        static class Base { final int seen; Base(int n) { seen = n; } }
        static class Early extends Base {
          Early(int n) { int k = 0; while (k < n) k++; super(k); }
        }
        static int work(int n) {
          Node node = new Leaf(150);
          for (int i = 0; i < n; i++) node = new Pair(node, new Leaf(i));
          int sum = new Early(n).seen;
          while (true) {
            switch (node) {
              case Leaf(int v) when v > 5 -> { return sum + v; }
              case Leaf _ -> { return sum; }
              case Pair(Node left, Leaf(int v)) -> { sum += v; node = left; }
              case Pair(Node left, Node _) -> node = left;
            }
          }
        }
      }
      """;

  private static Object result(Program program, String type, String method) throws Throwable {
    return program.call(type, method, 11);
  }

  @ParameterizedTest
  @CsvSource({"8", "11", "17", "25"})
  void wovenCodeDoesTheSame(int release) throws Throwable {
    Map<String, byte[]> classes = Compiled.of(release, LOOPS);
    Program woven = new Program(classes);
    Program plain = Program.plain(classes);
    for (String method : new String[] {"work", "text", "constructed", "shapes", "late"}) {
      assertThat(result(woven, "com.acme.Loops", method))
          .as(method)
          .isEqualTo(result(plain, "com.acme.Loops", method));
    }
    woven.verify();
  }

  @Test
  void recordsPatternsAndCodeBeforeTheParentsConstructorAreWoven() throws Throwable {
    Map<String, byte[]> classes = Compiled.of(25, MODERN);
    Program woven = new Program(classes);
    assertThat(result(woven, "com.acme.Modern", "work"))
        .isEqualTo(result(Program.plain(classes), "com.acme.Modern", "work"));
    for (String name : new String[] {"", "$Leaf", "$Early"}) {
      assertThat(woven.woven("com.acme.Modern" + name).checks()).as(name).isPositive();
    }
    woven.verify();
  }

  /// A table of local variables, or a frame of dead code, may name more than can be reached.
  @Test
  void aMethodKeepsTheRoomThatItHad() {
    String source = "class A { long l; double d; void loop(int n) { while (n > 0) n--; } }";
    byte[] roomy = Compiled.of(17, source).get("A");
    FrameSizes.raise(roomy, List.of(1, 9), List.of(1, 300)); // the constructor comes first

    byte[] woven = Objects.requireNonNull(new Weaver(_ -> true).weave(roomy).bytes());

    assertThat(ClassFile.of().parse(woven).methods())
        .extracting(method -> method.findAttribute(Attributes.code()).orElseThrow())
        .extracting(code -> code.maxStack() + " " + code.maxLocals())
        .containsExactly("1 1", "9 300");
  }

  @ParameterizedTest
  @CsvSource({
    "for (int i = 0; i < 5; i++) n++, 5",
    "while (n < 7) n++, 7",
    "do { n++; } while (n < 7), 7",
    "for (int i = 0; i < 5; i++) { if (i == 2) continue; n++; }, 5",
    "for (int i = 0; i < 5; i++) try { n++; } finally { n--; }, 5",
    "for (int i = 0; i < 5; i++) synchronized (Body.class) { n++; }, 5",
    "while (n < 9) switch (n) { case 1: n = 5; break; case 5: n = 9; continue; default: n++; }, 3",
    "n++, 0"
  })
  void everyRoundPassesOneCheck(String body, int rounds) throws Throwable {
    Program program =
        new Program(
            Compiled.of(
                17,
                "package com.acme; class Body { static int run(int n) { %s; return n; } }"
                    .formatted(body)));
    try (Checks checks = Checks.counting()) {
      Object _ = program.call("com.acme.Body", "run", 0);
      assertThat(checks.loops).isEqualTo(rounds);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while (true) {}",
        "for (int i = 0; ; i++) { try { i++; } finally { i--; } }",
        "while (true) { try { throw new IllegalStateException(); } catch (RuntimeException e) {} }",
        "while (true) { for (int i = 0; i < 3; i++) {} }",
        "for (;;) { switch (n) { case 1: n = 2; break; case 2: n = 1; continue; default: n = 1; } }",
        "for (;;) { synchronized (Body.class) { n++; } }",
        "for (;;) { synchronized (Body.class) { n++; continue; } }",
        "new Body(0);",
        "new Body().deep(0);",
        "new Body().ping(0);",
        "Iterate.over(() -> n(1));",
        "new java.util.ArrayList<>(java.util.List.of(1)).forEach(x -> { while (true) {} });"
      })
  void endlessCodeIsStopped(String body) {
    String source =
        """
        package com.acme;
        class Body {
          Body() {}
          Body(int n) { while (true) n++; }
          static int n(int n) { return n; }
          int deep(int n) { if (n > 400) n = 0; return deep(n + 1) + 1; }
          int ping(int n) { return n > 100 ? n : pong(n); }
          int pong(int n) { return n > 100 ? n : ping(n); }
          static void run(int n) { %s }
        }
        interface Iterate extends Runnable {
          static void over(Runnable r) { r.run(); over(r); }
        }
        """
            .formatted(body);
    Program program = new Program(Compiled.of(17, source));
    try (Checks _ = Checks.stoppingAfter(100)) {
      assertThatThrownBy(() -> program.call("com.acme.Body", "run", 0))
          .isInstanceOf(Checks.Stop.class)
          .satisfies(stop -> assertThat(linesOfBody(stop)).isNotEmpty().allMatch(n -> n > 0));
    }
  }

  private static List<Integer> linesOfBody(Throwable stop) {
    return Arrays.stream(stop.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith("com.acme."))
        .map(StackTraceElement::getLineNumber)
        .toList();
  }

  @Test
  void classInitialisersHaveNoChecks() {
    Program program = new Program(Compiled.of(17, LOOPS));
    assertThat(program.woven("com.acme.Loops$Late").bytes()).isNull();
    assertThat(program.woven("com.acme.Loops$Late").checks()).isZero();
  }

  @Test
  void methodThatWouldNoLongerBeCompiledStaysAsItWas() throws Throwable {
    Program program = new Program(Compiled.of(17, longMethod(8_000)));
    Woven woven = program.woven("com.acme.Long");
    assertThat(woven.bytes()).isNull();
    assertThat(woven.failures()).containsExactly("run(I)I would become too large");
    assertThat(program.call("com.acme.Long", "run", 3)).isEqualTo(2_666);
  }

  @Test
  void methodWithFarJumpsStaysAsItWas() {
    Woven woven = new Program(Compiled.of(17, longMethod(32_767))).woven("com.acme.Long");
    assertThat(woven.failures()).containsExactly("run(I)I would become too large");
  }

  @Test
  void otherMethodsOfTheClassAreWovenStill() {
    String source =
        longMethod(8_000).replace("class Long {", "class Long { static void a() { for (;;) {} }");
    Woven woven = new Program(Compiled.of(17, source)).woven("com.acme.Long");
    assertThat(woven.bytes()).isNotNull();
    assertThat(woven.checks()).isEqualTo(1);
    assertThat(woven.failures()).hasSize(1);
  }

  /// A loop and some `n++`, so many bytes together, or one or two less.
  private static String longMethod(int bytes) {
    int steps = (bytes - 11) / 3;
    return "package com.acme; class Long { static int run(int n) { for (int i = 0; i < 0; ) {} "
        + "n++;".repeat(steps)
        + " return n; } }";
  }
}
