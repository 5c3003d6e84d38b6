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

/// Java classes as jobs, each in a JVM of its own.
@EnabledOnOs(OS.LINUX)
class IsolatedJobsRunTest {

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
    List<String> words = new ArrayList<>(List.of("run", "--isolate", "--java", "Work"));
    words.addAll(Arrays.asList(options.split(" ", -1)));
    words.addAll(List.of("-cp", "classes", ":::"));
    words.addAll(Arrays.asList(inputs));
    return words.toArray(String[]::new);
  }

  @Test
  void eachJobHasAJvmOfItsOwnAndASystemExitIsItsExitCode()
      throws IOException, InterruptedException {
    mainClass(
        """
        System.out.println("got " + in[0] + (System.getProperty("seen") != null));
        System.setProperty("seen", "yes");
        if (in[0].equals("exits")) System.exit(77);
        if (in[0].equals("throws")) throw new IllegalStateException("no luck");
        """);

    CurfewProcess program = place.run(words("-k -j 2", "ä {} $x", "exits", "throws", "leaves"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output())
        .isEqualTo("got ä {} $xfalse\ngot exitsfalse\ngot throwsfalse\ngot leavesfalse\n");
    assertThat(program.errors())
        .contains("job 2 (exits) failed: exit code 77")
        .contains("job 3 (throws) failed: exit code 1")
        .contains("java.lang.IllegalStateException: no luck", "at Work.main(Work.java:")
        .contains("2 done, 2 failed");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void aJobIsToldByItsTokenWhyItIsToStop() throws IOException, InterruptedException {
    jobClass(
        """
        new java.io.File("begun-" + in).createNewFile();
        if (in.equals("waits")) {
          try {
            new java.util.concurrent.CountDownLatch(1).await();
          } finally {
            System.out.println(in + ": " + stop.reason().orElseThrow().root().why());
          }
        }
        while (true) {
          Curfew.checkpoint();
        }
        """);
    try (CurfewProcess program = place.start(words("-j 2 -k", "waits", "looks", "never"))) {
      place.awaitFile("begun-waits");
      place.awaitFile("begun-looks");
      program.signal("INT"); // the job gets a TERM, whatever we got

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors())
          .contains("job 1 (waits) stopped: ended when asked")
          .contains("job 2 (looks) stopped: ended when asked")
          .doesNotContain("Exception");
      assertThat(program.output()).isEqualTo("waits: shutdown (SIGINT)\n");
      assertThat(place.has("begun-never")).isFalse();
    }
  }

  @Test
  void aJobEndsAsItsDoneWorkOrItsExceptionSays() throws IOException, InterruptedException {
    jobClass(
        """
        Thread left = new Thread(() -> java.util.concurrent.locks.LockSupport.park());
        left.start();
        System.out.print("got " + in);
        if (in.equals("b")) throw new IllegalStateException("no b");
        """);

    CurfewProcess program = place.run(words("-k", "ä a", "b"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("got ä agot b");
    assertThat(program.errors())
        .contains("job 2 (b) failed: exit code 1")
        .contains("java.lang.IllegalStateException: no b\n\tat Work.run(Work.java:")
        .contains("1 done, 1 failed");
  }

  @Test
  void aDeafJobIsKilledAndNamedWithItsFramesAndTheRestGoesOn()
      throws IOException, InterruptedException {
    jobClass(
        """
        if (in.equals("deaf")) {
          dig(12);
        }
        System.out.println("after");
        }
        static void dig(int depth) {
          if (depth > 0) {
            dig(depth - 1);
          }
          while (true) {
            try {
              Thread.sleep(100_000);
            } catch (InterruptedException e) {
              // deaf on purpose
            }
          }
        """);

    CurfewProcess program =
        place.run(words("-j 1 -k --timeout 2s --grace 200ms --report report", "deaf", "good"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors())
        .containsPattern("job 1 \\(deaf\\) timed out: killed after the grace: \\d+ .*java")
        .containsPattern("; thread main was TIMED_WAITING\n    at java.lang.Thread.sleep")
        .contains("\n    at Work.dig(Work.java:")
        .contains("1 done, 1 failed");
    assertThat(program.errors().lines().filter(line -> line.startsWith("    at "))).hasSize(8);
    assertThat(program.output()).contains("Full thread dump", "at Work.run(Work.java:", "after\n");
    assertThat(place.text("report")).contains("1\tfailed\tdeaf", "at Work.dig(Work.java:");
    assertThat(place.temporaryFiles()).isEmpty();
  }

  @Test
  void aJobThatReachesItsDeadlineByItselfHasTimedOut() throws IOException, InterruptedException {
    jobClass(
        """
        while (!stop.isStopped()) {
          Thread.onSpinWait();
        }
        Curfew.checkpoint();
        """);

    CurfewProcess program = place.run(words("--timeout 2s", "a"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.errors()).contains("job 1 (a) timed out: ended when asked");
  }

  @Test
  void aJobThatRunsOutOfMemoryHurtsNobodyElse() throws IOException, InterruptedException {
    mainClass(
        """
        if (in[0].equals("greedy")) {
          java.util.List<byte[]> all = new java.util.ArrayList<>();
          while (true) all.add(new byte[1 << 20]);
        }
        if (in[0].equals("three")) System.exit(3);
        System.out.println(Runtime.getRuntime().maxMemory() >> 20 < 40);
        """);

    CurfewProcess program = place.run(words("--memory 32m -k -j 2", "greedy", "three", "modest"));

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).endsWith("true\n");
    assertThat(program.errors())
        .contains(
            "job 1 (greedy) failed: ran out of memory: give it more than --memory 32m, or less to"
                + " do")
        .contains("job 2 (three) failed: exit code 3");
  }

  @Test
  void theJobIsTheSameWithMoreMemoryAndAnotherOneWithoutIsolation()
      throws IOException, InterruptedException {
    jobClass("System.out.println(in); if (!new java.io.File(\"calm\").exists()) System.exit(5);");

    assertThat(place.run(words("--memory 32m", "1")).awaitExit()).isEqualTo(1);
    place.write("calm", "");
    CurfewProcess again = place.run(words("--memory 48m --retry-failed", "1"));
    assertThat(again.awaitExit()).isZero();
    assertThat(again.errors()).contains("1 done");
    CurfewProcess done = place.run(words("--resume", "1"));
    assertThat(done.errors()).contains("1 done (1 of them before)");
    CurfewProcess inside =
        place.run("run", "--java", "Work", "-cp", "classes", "--resume", ":::", "1");
    assertThat(inside.errors()).contains("2 done").doesNotContain("before");
  }

  @Test
  void itHasAFolderAndAnEnvironmentOfItsOwn() throws IOException, InterruptedException {
    mainClass(
        "System.out.println(System.getenv(\"MINE\") + \" \""
            + " + java.nio.file.Path.of(\"\").toAbsolutePath().getFileName());");

    CurfewProcess program = place.run(words("--env MINE=yes --workdir in-{}", "1"));

    assertThat(program.errors()).contains("1 done");
    assertThat(program.output()).isEqualTo("yes in-1\n");
  }

  @Test
  void aKilledRunnerTakesItsJvmsAlong() throws IOException, InterruptedException {
    mainClass(
        """
        java.nio.file.Files.writeString(java.nio.file.Path.of("pid-part"),
            ProcessHandle.current().pid() + "\\n");
        new java.io.File("pid-part").renameTo(new java.io.File("pid"));
        new java.util.concurrent.CountDownLatch(1).await();
        """);
    try (CurfewProcess program = place.start(words("--grace 1s", "1"))) {
      place.awaitLines("pid", 1);
      program.kill();
    }
    long pid = Long.parseLong(place.text("pid").trim());
    place.awaitGone(pid);
  }

  @Test
  void whatIsNoJobIsRefusedBeforeAnythingStarts() throws IOException, InterruptedException {
    place.compile("Work", "public class Work { }");

    assertThat(refused(words("-j 1", "1")))
        .contains("Work is no job: it needs 'public static void");
    assertThat(refused("run", "--isolate", "--java", "Nobody", "-cp", "classes", ":::", "1"))
        .contains("there is no class Nobody on the class path 'classes': name it with -cp");
    assertThat(refused("run", "--isolate", "--java", "Work", "-cp", "missing", ":::", "1"))
        .contains("-cp: missing cannot be read");
    assertThat(refused("run", "--isolate", "echo", ":::", "1"))
        .contains("--isolate is for --java CLASS: a command has a process of its own without it");
    assertThat(refused("run", "--memory", "1g", "echo", ":::", "1"))
        .contains("--memory is the heap of a JVM of its own: add --isolate and --java CLASS");
    assertThat(refused("run", "--memory", "1g", "--java", "Work", ":::", "1"))
        .contains("--memory is the heap of a JVM of its own: add --isolate\n");
    assertThat(refused(words("--memory 256", "1")))
        .contains("--memory: '256' is no amount of memory: write it like 64m, 512m or 2g");
    assertThat(refused(words("--memory 1m", "1")))
        .contains("--memory: '1m' is too little: a JVM needs 2m at least");
    assertThat(refused("run", "--env", "A=b", "--java", "Work", ":::", "1"))
        .contains("the environment of this JVM, unless it runs with --isolate");
    assertThat(place.has("curfew.journal")).isFalse();
  }

  private String refused(String... words) throws IOException, InterruptedException {
    CurfewProcess program = place.run(words);
    assertThat(program.awaitExit()).isEqualTo(2);
    return program.errors();
  }

  @Test
  void whatAMainClassCannotReadFailsItsJobByNumber() throws IOException, InterruptedException {
    mainClass("System.out.println(in[0]);");
    Files.write(
        place.path("list"),
        new byte[] {'a', '\n', (byte) 0xff, '\n', (byte) 0xc3, (byte) 0xa4, '\n'});
    place.environment("LC_ALL", "C");

    CurfewProcess program =
        place.run("run", "-k", "--isolate", "-a", "list", "--java", "Work", "-cp", "classes");

    assertThat(program.awaitExit()).isEqualTo(1);
    assertThat(program.output()).isEqualTo("a\n");
    assertThat(program.errors())
        .contains("input 2 is not UTF-8 text, which a Java job needs")
        .contains("input 3 cannot be given to a main class, which reads US-ASCII in this locale");
  }
}
