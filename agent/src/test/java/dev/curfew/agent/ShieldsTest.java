// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShieldsTest {

  /// `p("x")` leaves the mark `x` if a stop could happen there, and `X` if it is held back.
  private static final String PROGRAM =
      """
      package com.acme;
      public class Body {
        static String place;
        static void p(String at) { place = at; for (int i = 0; i < 1; i++) {} place = null; }
        static void fail(String at) { p(at); throw new IllegalStateException(at); }
        static class Resource implements AutoCloseable {
          Resource(String at) { p(at); }
          @Override public void close() { p("c"); }
        }
        static synchronized void locked(String at) { p(at); }
        static int back(String at) { p(at); return 1; }
        static int run() {
          try { BODY } catch (RuntimeException e) { p("z"); }
          return 0;
        }
      }
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "p(`a`);|a",
        "try { p(`a`); } finally { p(`b`); } p(`d`);|aBd",
        "try { fail(`a`); } finally { p(`b`); } p(`d`);|aBz",
        "try { return back(`a`); } finally { p(`b`); }|aB",
        "try { fail(`a`); } catch (IllegalStateException e) { p(`b`); } finally { p(`d`); }|abD",
        "try { fail(`a`); } catch (IllegalStateException e) { fail(`b`); } finally { p(`d`); }|abDz",
        "try { try { fail(`a`); } finally { p(`b`); } } finally { p(`d`); }|aBDz",
        "try { p(`a`); } finally { try { fail(`b`); } catch (RuntimeException e) { p(`d`); } p(`e`); }|aBDE",
        "try { fail(`a`); } finally { if (place == null) { p(`b`); } else { p(`d`); } p(`e`); } p(`f`);|aBEz",
        "for (int i = 0; i < 2; i++) { try { p(`a`); } finally { p(`b`); } }|aBaB",
        "for (int i = 0; i < 2; i++) { try { if (i == 0) continue; p(`a`); } finally { p(`b`); } p(`d`); }|BaBd",
        "try { fail(`a`); } finally { p(`b`); return 0; }|aB",
        "for (int i = 0; i < 2; i++) { try { fail(`a`); } finally { p(`b`); continue; } } p(`d`);|aBaBd",
        "try { fail(`a`); } catch (Throwable t) { p(`b`); }|ab",
        "try { fail(`a`); } catch (Throwable t) { p(`b`); throw t; }|aBz",
        "try { fail(`a`); } catch (Throwable t) { if (place != null) throw t; p(`b`); throw t; }|aBz",
        "try { fail(`a`); } catch (RuntimeException t) { p(`b`); throw t; }|abz",
        "try (Resource r = new Resource(`a`)) { p(`b`); } p(`d`);|abCd",
        "try (Resource r = new Resource(`a`)) { fail(`b`); }|abCz",
        "try (Resource r = new Resource(`a`); Resource s = new Resource(`b`)) { fail(`d`); }|abdCCz",
        "new Resource(`a`).close(); p(`b`);|aCb",
        "java.util.stream.Stream.of(1).onClose(() -> p(`a`)).close(); p(`b`);|Ab",
        "synchronized (Body.class) { p(`a`); } p(`b`);|Ab",
        "synchronized (Body.class) { fail(`a`); } |Az",
        "synchronized (Body.class) { try { fail(`a`); } catch (RuntimeException e) { p(`b`); } } p(`d`);|ABd",
        "for (int i = 0; i < 2; i++) { synchronized (Body.class) { if (i == 0) continue; p(`a`); } p(`b`); }|Ab",
        "synchronized (Body.class) { for (int i = 0; i < 2; i++) { p(`a`); } }|AA",
        "try { p(`a`); } finally { synchronized (Body.class) { p(`b`); } p(`d`); } p(`e`);|aBDe",
        "locked(`a`); p(`b`);|Ab",
        "Runnable r = () -> { try { p(`a`); } finally { p(`b`); } }; r.run();|aB"
      })
  void stopsAreHeldBackInCleanUpAndMonitors(String body, String marks) throws Throwable {
    String source = PROGRAM.replace("BODY", body.replace('`', '"'));
    for (int release : new int[] {8, 25}) {
      assertThat(marks(new Program(Compiled.of(release, source))))
          .as("%d", release)
          .isEqualTo(marks);
    }
  }

  private static String marks(Program program) throws Throwable {
    StringBuilder marks = new StringBuilder();
    try (Checks _ = Checks.calling(site -> mark(site, program, marks))) {
      assertThat(program.call("com.acme.Body", "run")).isIn(0, 1);
    }
    return marks.toString();
  }

  private static void mark(String site, Program program, StringBuilder marks) {
    Object place = place(program);
    if (site.equals("loop") && place != null) {
      boolean held = program.isHeld();
      marks.append(held ? place.toString().toUpperCase(java.util.Locale.ROOT) : place);
    }
  }

  private static Object place(Program program) {
    try {
      var field = Class.forName("com.acme.Body", true, program.loader()).getDeclaredField("place");
      field.setAccessible(true);
      return field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a part of the test is missing", e);
    }
  }

  /// The only check of such a loop stands where the clean-up ends, and belongs to the loop.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for (;;) { try { n++; } finally { n--; } }",
        "for (;;) { try { n = m(); } finally { n--; continue; } }",
        "for (;;) { synchronized (Body.class) { n++; } }",
        "for (;;) { synchronized (Body.class) { n++; continue; } }",
        "for (;;) { try { if (n >= 0) continue; n = m(); } finally { n++; } }",
        "for (;;) { try { throw new Error(); } catch (Throwable t) { if (n < 9) continue; throw t; } }",
        "for (;;) { try (java.io.StringReader r = new java.io.StringReader(``)) { n++; } catch (Exception e) {} }"
      })
  void loopAroundCleanUpCanBeStopped(String body) {
    String source =
        """
        package com.acme;
        class Body {
          static int m() { throw new IllegalStateException(); }
          static void run(int n) { %s }
        }
        """
            .formatted(body.replace('`', '"'));
    for (int release : new int[] {8, 25}) {
      Program program = new Program(Compiled.of(release, source));
      List<Boolean> held = new ArrayList<>();
      Checks.Action stopIfFree =
          _ -> {
            held.add(program.isHeld());
            if (!held.getLast() || held.size() > 100) {
              throw new Checks.Stop();
            }
          };
      try (Checks _ = Checks.calling(stopIfFree)) {
        Object _ = program.call("com.acme.Body", "run", 0);
      } catch (Throwable e) {
        assertThat(e).as("%d", release).isInstanceOf(Checks.Stop.class);
      }
      assertThat(held).as("%d", release).isNotEmpty().last().isEqualTo(false);
    }
  }
}
