// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import dev.curfew.StopReport;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import jdk.jshell.JShell;
import jdk.jshell.SnippetEvent;

/// Stops the same snippets by JShell, in its local mode, and by Curfew with the agent, in one JVM.
final class Shells {

  private static final Duration LIMIT = Duration.ofSeconds(5);

  private Shells() {}

  /// Writes a line for each snippet: what it is, what JShell did, what Curfew did.
  ///
  /// @param args the folder for class files, and the file
  public static void main(String[] args) throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < Snippet.ALL.size(); i++) {
      Snippet snippet = Snippet.ALL.get(i);
      String name = "S" + i;
      String _ = byUs(Snippet.ALL.getFirst(), "W" + i, Path.of(args[0])); // loaded, and warm
      lines.add(
          "%s\t%s\t%s"
              .formatted(
                  snippet.what(), byJShell(snippet, name), byUs(snippet, name, Path.of(args[0]))));
    }
    lines.add(
        "stopped before it starts\t%s\t%s".formatted(earlyByJShell(), earlyByUs(Path.of(args[0]))));
    Files.write(Path.of(args[1]), lines);
    System.exit(0); // whatever could not be stopped
  }

  private static String byJShell(Snippet snippet, String name) throws InterruptedException {
    JShell shell = JShell.builder().executionEngine("local").build();
    shell.eval(snippet.in(name)).forEach(Shells::accepted);
    System.clearProperty(Snippet.BEGAN);
    Thread runs = Thread.ofPlatform().daemon().start(() -> shell.eval(name + ".run();"));
    awaitBegan();
    long asked = System.nanoTime();
    shell.stop();
    if (!runs.join(LIMIT)) {
      return "**not stopped**";
    }
    double millis = (System.nanoTime() - asked) / 1e6;
    String state = shell.eval(name + ".state()").getFirst().value();
    shell.close();
    return told(snippet, state == null ? "\"class lost\"" : state, millis);
  }

  private static void accepted(SnippetEvent event) {
    if (!event.status().isActive()) {
      throw new IllegalStateException("JShell does not take " + event.snippet().source());
    }
  }

  private static String earlyByJShell() throws InterruptedException {
    JShell shell = JShell.builder().executionEngine("local").build();
    shell.stop();
    Thread runs = Thread.ofPlatform().daemon().start(() -> shell.eval("while (true) {}"));
    return runs.join(Duration.ofSeconds(2)) ? "stopped, nothing lost" : "**not stopped**";
  }

  private static String byUs(Snippet snippet, String name, Path folder)
      throws IOException, ReflectiveOperationException, InterruptedException {
    Path home = Files.createDirectories(folder); // else its URL would be a file's
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {home.toUri().toURL()}, Shells.class.getClassLoader())) {
      Class<?> type = loader.loadClass(compile(snippet, name, folder));
      System.clearProperty(Snippet.BEGAN);
      Hosted hosted = new Hosted(() -> type.getMethod("run").invoke(null));
      awaitBegan();
      StopReport.Part part = Hosted.part(hosted.stopAfter(Duration.ZERO));
      if (part.ended().isEmpty()) {
        return "**not stopped**, the report names it";
      }
      String state = "\"" + type.getMethod("state").invoke(null) + "\"";
      return told(snippet, state, part.ended().get().toNanos() / 1e6);
    }
  }

  private static String earlyByUs(Path folder)
      throws IOException, ReflectiveOperationException, InterruptedException {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, Shells.class.getClassLoader())) {
      Class<?> type = loader.loadClass(compile(Snippet.ALL.getFirst(), "Early", folder));
      Hosted hosted = new Hosted(() -> type.getMethod("run").invoke(null));
      boolean ended = Hosted.part(hosted.stopAfter(Duration.ZERO)).ended().isPresent();
      return ended ? "stopped, nothing lost" : "**not stopped**";
    }
  }

  private static String compile(Snippet snippet, String name, Path folder) throws IOException {
    Path source = Files.createDirectories(folder.resolve("snippet")).resolve(name + ".java");
    Path _ = Files.writeString(source, "package snippet; " + snippet.in(name));
    String[] options = {"-proc:none", "-nowarn", "-d", folder.toString(), source.toString()};
    if (ToolProvider.getSystemJavaCompiler().run(null, null, null, options) != 0) {
      throw new IllegalStateException("javac does not take " + source);
    }
    return "snippet." + name;
  }

  private static String told(Snippet snippet, String state, double millis) {
    String plain = state.substring(1, state.length() - 1);
    String lost = plain.equals(snippet.kept()) ? "nothing lost" : "**lost: %s**".formatted(plain);
    return String.format(Locale.ROOT, "stopped after %.1f ms, %s", millis, lost);
  }

  private static void awaitBegan() throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.getProperty(Snippet.BEGAN) == null) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException("the snippet did not begin");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    TimeUnit.MILLISECONDS.sleep(200); // so that it is compiled
  }
}
