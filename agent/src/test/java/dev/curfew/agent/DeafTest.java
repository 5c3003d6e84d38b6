// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.Scope;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deaf.Snippets;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mozilla.javascript.Context;

/// Code that never checks, stopped in the middle, by Curfew and the agent together.
class DeafTest {

  @TempDir Path folder;

  /// {@return what each trial says}
  private Map<String, String> run(List<String> options, String include, Iterable<String> trials)
      throws IOException, InterruptedException {
    String classPath =
        Stream.of(Trials.class, Scope.class, org.h2.Driver.class, Context.class, NullMarked.class)
            .map(type -> Child.location(type).toString())
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    List<String> arguments = new ArrayList<>(options);
    arguments.add("-Djava.io.tmpdir=" + folder);
    arguments.add("-javaagent:%s=include=%s".formatted(Child.agentJar(folder), include));
    arguments.addAll(List.of("-cp", classPath, Trials.class.getName()));
    trials.forEach(arguments::add);
    Child child = Child.java(folder, arguments.toArray(String[]::new));
    Map<String, String> told = new LinkedHashMap<>();
    child.out().lines().map(line -> line.split(": ", 2)).forEach(p -> told.put(p[0], p[1]));
    assertThat(child.exitCode()).as(child.err()).isZero();
    return told;
  }

  private static Map<String, String> snippets() {
    String plain = "stopped, cleaned up 0, locks free";
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("loop", plain);
    expected.put("countedLoop", plain);
    expected.put("closes", "stopped, cleaned up 1000, locks free");
    expected.put("unlocks", "stopped, cleaned up 1, locks free");
    expected.put("finallyWithLoop", "stopped, cleaned up 3, locks free");
    expected.put("finallyWithJdkCall", plain);
    expected.put("recursion", plain);
    expected.put("stackOverflows", plain);
    expected.put("memoryRunsOut", plain);
    expected.put("catchesAll", plain);
    expected.put("catchesAllTwice", plain);
    expected.put("monitor", plain);
    expected.put("synchronizedMethod", plain);
    expected.put("switches", plain);
    expected.put("lambdas", plain);
    expected.put("constructors", plain);
    expected.put("initialiser", plain + ", class gives 7");
    expected.put("classLoading", "stopped, cleaned up 1, locks free");
    expected.put("guest", plain);
    expected.put("grace", "stopped, checks taken away");
    expected.put("doors", "stopped, few opened");
    expected.put("hatch", "stopped, few opened");
    expected.put("virtualThread", "stopped");
    expected.put("stoppedBeforeItBegins", "stopped");
    expected.put(
        "manyAtOnce", "stopped, cleaned up 1000, locks free; stopped, cleaned up 1, locks free");
    return expected;
  }

  /// With two of these collectors a check reads a field instead of being swung.
  @ParameterizedTest
  @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC"})
  void codeOfAllShapesIsStoppedAndKeepsItsCleanUp(String collector)
      throws IOException, InterruptedException {
    String include = Snippets.class.getPackageName() + ".**";
    assertThat(run(List.of(collector, "-Xmx256m"), include, snippets().keySet()))
        .isEqualTo(snippets());
  }

  @Test
  void programsOfOthersAreStoppedAndWorkAfterwards() throws IOException, InterruptedException {
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("regex", "stopped, fresh true");
    expected.put("regexOfTheJdk", "stopped, held back");
    expected.put("h2", "stopped, fresh 500500, open true");
    expected.put("rhinoInterpreted", "stopped, fresh 36");
    expected.put("rhinoCompiled", "stopped, fresh 36");
    expected.put("javac", "fresh true, stopped, fresh true");
    String include = "java.util.regex.**:org.h2.**:org.mozilla.**:com.sun.tools.javac.**";
    assertThat(run(List.of(), include, expected.keySet())).isEqualTo(expected);
  }
}
