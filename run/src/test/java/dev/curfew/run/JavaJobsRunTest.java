// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Java classes as jobs, in the runner's own JVM.
@EnabledOnOs(OS.LINUX)
class JavaJobsRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  private void mainClass(String body) throws IOException {
    place.compile(
        "Work",
        "public class Work { public static void main(String[] in) throws Exception { "
            + body
            + " } }");
  }

  private void jobClass(String body) throws IOException {
    place.compile(
        "Work",
        "import dev.curfew.*; public class Work implements Job {"
            + " public void run(String in, StopToken stop) throws Exception { "
            + body
            + " } }");
  }

  private static String[] words(String options, String... inputs) {
    List<String> words = new ArrayList<>(List.of("run"));
    words.addAll(Arrays.asList(options.split(" ", -1)));
    words.addAll(List.of("--java", "Work", "-cp", "classes", ":::"));
    words.addAll(Arrays.asList(inputs));
    return words.toArray(String[]::new);
  }

  @Test
  void aMainMethodGetsTheInputAndFailsByThrowing() throws IOException, InterruptedException {
    mainClass(
        "System.out.println(\"got \" + in[0]); if (in[0].equals(\"b\")) throw new"
            + " IllegalStateException(\"no b\");");

    CurfewProcess program = place.run(words("-k -j 2 --tag", "a c", "b"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("a c\tgot a c\nb\tgot b\n");
    assertThat(program.errors())
        .contains("job 2 (b) failed: threw java.lang.IllegalStateException: no b")
        .contains("b\t\tat Work.main")
        .contains("1 done, 1 failed");
  }

  @Test
  void whatThreadsAndForksOfAJobPrintIsItsOutput() throws IOException, InterruptedException {
    jobClass(
        """
        Thread own = new Thread(() -> System.out.println("thread of " + in));
        own.start();
        own.join();
        Scope.run("mine", scope -> {
          scope.fork("fork", () -> System.out.println("fork of " + in));
          scope.join();
          return null;
        });
        System.err.println("error of " + in);
        """);

    CurfewProcess program = place.run(words("-j 2 --tag", "1", "2"));

    assertThat(program.awaitExit()).isZero();
    assertThat(program.outputLines())
        .containsSubsequence("1\tthread of 1", "1\tfork of 1")
        .containsSubsequence("2\tthread of 2", "2\tfork of 2");
    assertThat(program.errors()).contains("1\terror of 1").contains("2\terror of 2");
    assertThat(program.errors()).doesNotContain("left behind");
  }

  @Test
  void aStopEndsAJobThatWaitsOrLooks() throws IOException, InterruptedException {
    jobClass(
        """
        new java.io.File("begun-" + in).createNewFile();
        if (in.equals("1")) {
          new java.util.concurrent.CountDownLatch(1).await();
        }
        while (true) {
          Curfew.checkpoint();
        }
        """);
    try (CurfewProcess program = place.start(words("-j 2", "1", "2", "3"))) {
      place.awaitFile("begun-1");
      place.awaitFile("begun-2");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains("job 1 (1) stopped: ended when asked")
          .contains("job 2 (2) stopped: ended when asked");
      assertThat(place.has("begun-3")).isFalse();
    }
  }

  @Test
  void anExitByAJobStopsTheRunResumablyAndIsNamed() throws IOException, InterruptedException {
    mainClass(
        "if (in[0].equals(\"2\") && !new java.io.File(\"calm\").exists()) System.exit(77);"
            + " System.out.println(in[0]);");

    CurfewProcess program = place.run(words("-j 1 -k", "1", "2", "3", "4"));

    assertThat(program.awaitExit()).isEqualTo(3);
    assertThat(program.output()).isEqualTo("1\n");
    assertThat(program.errors())
        .contains("job 2 (2) called System.exit: the run is stopped")
        .contains("1 done, 1 failed, ")
        .contains("--resume");
    assertThat(place.temporaryFiles()).isEmpty();
    place.write("calm", "");
    CurfewProcess rest = place.run(words("-j 1 -k --retry-failed", "1", "2", "3", "4"));
    assertThat(rest.awaitExit()).isZero();
    assertThat(rest.output()).isEqualTo("2\n3\n4\n");
    assertThat(rest.errors()).contains("4 done (1 of them before)");
  }

  @Test
  void aDeafJobIsNamedWithItsStackAndLeftBehind() throws IOException, InterruptedException {
    mainClass(
        """
        if (in[0].equals("deaf")) {
          System.out.println("before");
          while (true) {
            try {
              Thread.sleep(100_000);
            } catch (InterruptedException e) {
              // deaf on purpose
            }
          }
        }
        System.out.println("after");
        """);

    CurfewProcess program =
        place.run(words("-j 1 --timeout 200ms --grace 200ms --report report", "deaf", "good"));

    assertThat(program.awaitExit()).isEqualTo(4);
    assertThat(program.output()).isEqualTo("before\nafter\n");
    assertThat(program.errors())
        .contains("job 1 (deaf) abandoned: did not end when asked; thread ")
        .contains("at Work.main(Work.java:")
        .contains("1 done, 1 abandoned");
    assertThat(place.text("report")).contains("1\tabandoned\tdeaf", "at Work.main(Work.java:");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void threadsLeftBehindAreAskedAndNamedIfTheyStay() throws IOException, InterruptedException {
    mainClass(
        """
        Thread thread = new Thread(() -> {
          while (true) {
            try {
              Thread.sleep(100_000);
            } catch (InterruptedException e) {
              if (in[0].equals("polite")) {
                return;
              }
            }
          }
        }, in[0] + " thread");
        thread.start();
        """);

    CurfewProcess program = place.run(words("--report report", "polite", "rude"));

    assertThat(program.awaitExit()).isEqualTo(4);
    assertThat(program.errors())
        .contains("left behind: thread 'rude thread' of job 2 (rude)")
        .doesNotContain("polite thread");
    assertThat(place.text("report")).contains("left behind: thread 'rude thread'");
  }

  @Test
  void aJobThatInterruptsItselfHarmsNoOther() throws IOException, InterruptedException {
    mainClass("Thread.currentThread().interrupt();");

    CurfewProcess program = place.run(words("-j 1", "1", "2", "3"));

    assertThat(program.errors()).contains("3 done");
    assertThat(program.awaitExit()).isZero();
  }

  @Test
  void muchOutputComesWhole() throws IOException, InterruptedException {
    mainClass("for (int i = 0; i < 300_000; i++) System.out.println(in[0] + \" \" + i);");

    CurfewProcess program = place.run(words("-j 2", "a", "b"));

    List<String> lines = program.outputLines();
    assertThat(lines).hasSize(600_000);
    String first = lines.getFirst().substring(0, 1);
    assertThat(lines.subList(0, 300_000)).allMatch(line -> line.startsWith(first));
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void whatIsNoTextFailsAJobByNumber() throws IOException, InterruptedException {
    mainClass("System.out.println(in[0]);");
    Files.write(place.path("list"), new byte[] {'a', '\n', (byte) 0xff, '\n'});

    CurfewProcess program = place.run("run", "-a", "list", "--java", "Work", "-cp", "classes");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("a\n");
    assertThat(program.errors()).contains("input 2 is not UTF-8 text, which a Java job needs");
  }
}
