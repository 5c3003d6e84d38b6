// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.StateCase;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.ForkedTestConfig;
import org.openjdk.jcstress.infra.runners.Runner;
import org.openjdk.jcstress.infra.runners.SpinLoopStyle;
import org.openjdk.jcstress.infra.runners.TestList;

/// What runs in a process of its own: some stress tests, for a while or until something is found.
///
/// It calls the runners that jcstress generates. The main program of jcstress starts two more
/// processes for each test, which would take longer than what it is for.
public final class Trial {

  private static final String OURS = "dev.curfew.";
  private static final int FIRST_MILLIS = 200;
  private static final int LONGEST_MILLIS = 3_200;
  private static final int FOOTPRINT_MB = 64;

  // short strides: the actors are brought together often
  private static final int STRIDE = 16;
  private static final int STRIDES = 4;

  private final TestInfo test;
  private final Map<String, Long> seen = new TreeMap<>();
  private boolean found;
  private int millis = FIRST_MILLIS;

  private Trial(TestInfo test) {
    this.test = test;
  }

  /// Runs trials and prints the verdicts.
  ///
  /// @param args how many milliseconds for each, whether to go on when something was found, and the
  ///     pattern that the names of the tests match
  public static void main(String[] args) throws Exception {
    Duration each = Duration.ofMillis(Long.parseLong(args[0]));
    boolean whole = Boolean.parseBoolean(args[1]);
    for (String name : new TreeSet<>(TestList.tests())) {
      if (shortName(name).matches(args[2])) {
        Verdict verdict = new Trial(TestList.getInfo(name)).run(each, whole);
        System.out.println(verdict.line());
      }
    }
    System.exit(0); // a mutant may have left threads that spin
  }

  /// {@return the names of all stress tests}
  static Set<String> all() {
    return TestList.tests().stream().map(Trial::shortName).collect(Collectors.toSet());
  }

  /// {@return the class and the class inside of it, without the package}
  private static String shortName(String name) {
    return name.replaceFirst("^" + OURS + "([a-z]+\\.)?", "");
  }

  private Verdict run(Duration span, boolean whole)
      throws ReflectiveOperationException, IOException {
    long end = System.nanoTime() + span.toNanos();
    do {
      TestResult result = round();
      millis = Math.min(2 * millis, LONGEST_MILLIS); // each begins by finding its pace
      if (result.status() != Status.NORMAL) {
        return verdict(Verdict.Kind.BROKEN, result.status() + " " + result.getMessages());
      }
      result.getStateKeys().forEach(state -> add(state, result.getCount(state)));
    } while (System.nanoTime() - end < 0 && (whole || !found));
    return verdict(found ? Verdict.Kind.FOUND : Verdict.Kind.CLEAN, seen.toString());
  }

  private Verdict verdict(Verdict.Kind kind, String text) {
    return new Verdict(shortName(test.name()), kind, text);
  }

  private TestResult round() throws ReflectiveOperationException, IOException {
    Object runner =
        Class.forName(test.generatedRunner())
            .getConstructor(ForkedTestConfig.class)
            .newInstance(config());
    return ((Runner<?>) runner).run();
  }

  private void add(String state, long count) {
    seen.merge(state, count, Long::sum);
    found |= count > 0 && expected(state) == Expect.FORBIDDEN;
  }

  private Expect expected(String state) {
    return test.cases().stream()
        .filter(each -> each.matches(state))
        .findFirst()
        .map(StateCase::expect)
        .orElseGet(() -> test.unmatched().expect());
  }

  /// The one way to make a configuration without the scheduler of jcstress is to read it.
  @SuppressWarnings("EnumOrdinal") // that is how jcstress writes it
  private ForkedTestConfig config() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(SpinLoopStyle.THREAD_YIELD.ordinal());
    out.writeInt(millis);
    out.writeInt(1);
    out.writeUTF(test.generatedRunner());
    out.writeInt(FOOTPRINT_MB);
    out.writeInt(STRIDE);
    out.writeInt(STRIDES);
    out.writeBoolean(false); // no affinity
    return new ForkedTestConfig(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }
}
