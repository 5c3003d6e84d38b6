// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/// A Java program in a JVM of its own, and the agent's jar for it.
record Child(int exitCode, String out, String err) {

  private static final Duration PATIENCE = Duration.ofSeconds(50);

  /// {@return a jar of the agent as it was compiled}
  static Path agentJar(Path folder) throws IOException {
    Path jar = folder.resolve("curfew-agent.jar");
    Path classes = location(Agent.class);
    Manifest manifest = new Manifest();
    try (var in = Files.newInputStream(Path.of("src/main/manifest/MANIFEST.MF"))) {
      manifest.read(in);
    }
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
        entries.write(Files.readAllBytes(file));
      }
    }
    return jar;
  }

  static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Puts classes into a folder.
  static void write(Map<String, byte[]> classes, Path folder) throws IOException {
    for (Map.Entry<String, byte[]> each : classes.entrySet()) {
      Path file = folder.resolve(each.getKey().replace('.', '/') + ".class");
      Path _ = Files.createDirectories(file.getParent());
      Path _ = Files.write(file, each.getValue());
    }
  }

  /// Runs a JVM to its end.
  static Child java(Path folder, String... arguments) throws IOException, InterruptedException {
    return ran(folder, tool("java", arguments));
  }

  /// {@return the command line of a tool of this JDK}
  static List<String> tool(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", name).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  static Child ran(Path folder, List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "child", ".out");
    Path err = Files.createTempFile(folder, "child", ".err");
    return ended(start(folder, command, out, err), out, err);
  }

  static Process start(Path folder, List<String> command, Path out, Path err) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder.start();
  }

  static Child ended(Process process, Path out, Path err) throws IOException, InterruptedException {
    try {
      boolean ended = process.waitFor(PATIENCE);
      String said = Files.readString(out) + Files.readString(err);
      if (!ended) {
        throw new AssertionError("the child has not ended; it said: " + said);
      }
      return new Child(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Process _ = process.destroyForcibly();
    }
  }
}
