// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Java classes that never check, made to by the agent.
@EnabledOnOs(OS.LINUX)
class WovenJobsRunTest {

  @TempDir Path folder;
  private Place place;

  @BeforeEach
  void makeThePlace() throws IOException {
    place = new Place(folder);
  }

  /// {@return the agent's jar; put together here if this build has only its classes so far}
  private Path agent() throws IOException, URISyntaxException {
    Path agent =
        Path.of(
            dev.curfew.agent.Agent.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    if (Files.isRegularFile(agent)) {
      return agent;
    }
    Path jar = folder.resolve("curfew-agent.jar");
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Premain-Class", "dev.curfew.agent.Agent");
    main.putValue("Can-Retransform-Classes", "true");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest);
        Stream<Path> files = Files.walk(agent)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(agent.relativize(file).toString()));
        entries.write(Files.readAllBytes(file));
      }
    }
    return jar;
  }

  private void mainClass(String body) throws IOException {
    place.compile(
        "Work",
        "public class Work { static volatile long x; public static void main(String[] in) throws"
            + " Exception { new java.io.File(\"begun-\" + in[0]).createNewFile(); "
            + body
            + " } }");
  }

  private static String[] words(String options, String... inputs) {
    List<String> words = new ArrayList<>(List.of("run", "--java", "Work", "-cp", "classes"));
    words.addAll(Arrays.asList(options.split(" ", -1)));
    words.add(":::");
    words.addAll(Arrays.asList(inputs));
    return words.toArray(String[]::new);
  }

  @Test
  void aDeafJobIsStopped() throws IOException, InterruptedException, URISyntaxException {
    mainClass("while (true) { x++; }");
    place.jvmOptions("-javaagent:" + agent() + "=include=Work");
    try (CurfewProcess program =
        place.start(words("-j 1 --grace 20s --weave Work --report r.json", "deaf", "never"))) {
      place.awaitFile("begun-deaf");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("job 1 (deaf) stopped: ended when asked");
      assertThat(place.has("begun-never")).isFalse();
      assertThat(place.text("r.json")).containsPattern("checkpoints: [1-9], classes: 1");
    }
  }

  @Test
  void aJobThatSwallowsTheStopAndReturnsWasStoppedAndIsResumed()
      throws IOException, InterruptedException, URISyntaxException {
    mainClass(
        """
        if (!in[0].equals("done")) {
          try {
            while (!new java.io.File("go").exists()) {
              x++;
            }
          } catch (Throwable swallowed) {
            x = 0;
          }
        }
        """);
    place.jvmOptions("-javaagent:" + agent() + "=include=Work");
    try (CurfewProcess program =
        place.start(words("-j 1 --grace 20s --weave Work", "swallows", "done"))) {
      place.awaitFile("begun-swallows");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("job 1 (swallows) stopped: ended when asked");
    }
    place.write("go", "");
    CurfewProcess again = place.run(words("-j 1 --resume --weave=Work", "swallows", "done"));
    assertThat(again.awaitExit()).isZero();
    assertThat(again.errors()).contains("2 done");
  }

  @Test
  void aDeafJobInAJvmOfItsOwnEndsWhenItIsAsked()
      throws IOException, InterruptedException, URISyntaxException {
    place.compile(
        "Work",
        "import dev.curfew.*; public class Work implements Job { static volatile long x;"
            + " public void run(String in, StopToken stop) throws Exception {"
            + " new java.io.File(\"begun-\" + in).createNewFile();"
            + " try { while (true) { x++; } } finally { System.out.println(\"cleaned up\"); } } }");
    place.jvmOptions("-Ddev.curfew.agent.jar=" + agent());
    try (CurfewProcess program =
        place.start(words("-j 1 --isolate --grace 30s --weave Work", "deaf"))) {
      place.awaitFile("begun-deaf");
      program.signal("TERM");

      assertThat(program.awaitExit()).isEqualTo(3);
      assertThat(program.errors()).contains("job 1 (deaf) stopped: ended when asked");
      assertThat(program.output()).isEqualTo("cleaned up\n");
    }
  }

  @Test
  void whatCannotBeWovenIsSaidBeforeAnythingStarts() throws IOException, InterruptedException {
    mainClass("");
    assertRefused(
        place.run("run", "--weave", "Work", "echo", ":::", "a"),
        "--weave is for --java CLASS: a command is stopped by a signal");
    assertRefused(
        place.run(words("--weave Work", "a")),
        "--weave needs the agent in this JVM: start the runner by ./curfew, or its JVM with"
            + " -javaagent:curfew-agent.jar=include=Work");
    assertRefused(
        place.run(words("--weave Work --weave com.acme.**", "a")), "=include=Work:com.acme.**");
    place.compile(
        "Work",
        "public class Work implements dev.curfew.Job { public void run(String in,"
            + " dev.curfew.StopToken stop) {} }");
    assertRefused(
        place.run(words("--isolate --weave Work", "a")),
        "--weave with --isolate needs the agent's jar: start the runner by ./curfew, or its JVM"
            + " with -Ddev.curfew.agent.jar=curfew-agent.jar");
    place.jvmOptions("-Ddev.curfew.agent.jar=no-such.jar");
    assertRefused(place.run(words("--isolate --weave Work", "a")), "(no-such.jar is no file)");
    assertThat(place.has("begun-a")).isFalse();
  }

  private static void assertRefused(CurfewProcess program, String why) throws InterruptedException {
    assertThat(program.awaitExit()).isEqualTo(2);
    assertThat(program.errors()).contains(why);
  }
}
