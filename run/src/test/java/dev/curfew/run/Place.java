// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.sqlite.util.OSInfo;

/// A working folder in which the real program is run.
final class Place {

  private static final Duration LIMIT = Duration.ofSeconds(50);

  private final Path folder;
  private final Path temporary;
  private final Path library;
  private int starts;
  private List<String> jvmOptions = List.of();
  private final Map<String, String> environment = new HashMap<>();

  /// A place in an empty folder.
  Place(Path empty) throws IOException {
    folder = Files.createDirectory(empty.resolve("work"));
    temporary = Files.createDirectory(empty.resolve("temporary"));
    library = Files.createDirectory(empty.resolve("library"));
    String inJar =
        "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/libsqlitejdbc.so";
    try (InputStream in = org.sqlite.JDBC.class.getResourceAsStream(inJar)) {
      Files.copy(Objects.requireNonNull(in, inJar), library.resolve("libsqlitejdbc.so"));
    }
  }

  /// Options of the JVM of all further programs.
  void jvmOptions(String... options) {
    jvmOptions = List.of(options);
  }

  /// A variable in the environment of all further programs.
  void environment(String name, String value) {
    environment.put(name, value);
  }

  /// What the programs have left or made in the folder.
  List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  boolean has(String name) {
    return Files.exists(path(name));
  }

  void awaitFile(String name) {
    Await.until(name + " is there", LIMIT, () -> has(name));
  }

  /// Waits until a process is gone; a zombie, which nobody may reap here, counts as such.
  void awaitGone(long pid) {
    Await.until(
        "process " + pid + " is gone",
        LIMIT,
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  /// Waits until a file has that many lines.
  void awaitLines(String name, int count) {
    Await.until(name + " has " + count + " lines", LIMIT, () -> lines(name).size() >= count);
  }

  String text(String name) {
    try {
      return Files.readString(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> lines(String name) {
    return has(name) ? text(name).lines().toList() : List.of();
  }

  Path write(String name, String text) throws IOException {
    return Files.writeString(path(name), text);
  }

  /// A file with the numbers from 1, one a line.
  void writeNumbers(String name, int count) throws IOException {
    Files.write(path(name), IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList());
  }

  /// A pipe on which jobs can wait: `read x < pipe` blocks until somebody writes to it.
  void pipe(String name) throws IOException, InterruptedException {
    Process made = new ProcessBuilder("mkfifo", path(name).toString()).start();
    assertThat(made.waitFor(LIMIT)).isTrue();
  }

  /// {@return how many jobs of the journal are so, by its columns; -1 if it is busy}
  int jobsWith(String condition) {
    if (!has("curfew.journal")) {
      return 0;
    }
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + path("curfew.journal"));
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM job WHERE " + condition)) {
      return rows.next() ? rows.getInt(1) : 0;
    } catch (SQLException busy) {
      return -1;
    }
  }

  /// Compiles a class into the folder `classes`.
  void compile(String type, String body) throws IOException {
    Path source = write(type + ".java", body);
    Path classes = Files.createDirectories(path("classes"));
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-proc:none",
                "-d",
                classes.toString(),
                source.toString());
    assertThat(code).isZero();
  }

  /// Runs the program to its end, with nothing on standard input.
  CurfewProcess run(String... arguments) throws IOException, InterruptedException {
    CurfewProcess program = start(arguments);
    program.awaitExit();
    return program;
  }

  CurfewProcess start(String... arguments) throws IOException {
    return start(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()), arguments);
  }

  CurfewProcess startReading(Path input, String... arguments) throws IOException {
    return start(ProcessBuilder.Redirect.from(input.toFile()), arguments);
  }

  private CurfewProcess start(ProcessBuilder.Redirect input, String... arguments)
      throws IOException {
    starts++;
    Path output = temporary.resolveSibling("output-" + starts);
    Path errors = temporary.resolveSibling("errors-" + starts);
    return new CurfewProcess(
        builder(arguments)
            .redirectInput(input)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start(),
        output,
        errors);
  }

  /// The program, with the signals as a shell in a terminal would hand them on.
  ProcessBuilder builder(String... arguments) {
    List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT,TERM,HUP"));
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-Dorg.sqlite.lib.path=" + library,
            "-Dorg.sqlite.lib.name=libsqlitejdbc.so"));
    words.addAll(jvmOptions);
    words.addAll(List.of("-cp", classPath(), "dev.curfew.run.Main"));
    words.addAll(Arrays.asList(arguments));
    ProcessBuilder program = new ProcessBuilder(words).directory(folder.toFile());
    program.environment().putAll(environment);
    return program;
  }

  /// That of the tests, but for a library which would make the database's driver log elsewhere.
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(part -> !part.contains("slf4j"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /// The program as a word of a command of sh, such as what stands behind `script -c`.
  String shellWords(String... arguments) {
    return builder(arguments).command().stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  /// Runs a script of sh in the folder, its output and errors together.
  ///
  /// @param prefix what runs the shell, such as `unshare -m`
  /// @return its exit code, and what it said
  Said script(List<String> prefix, String script) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(List.of("sh", "-c", script));
    Path output = temporary.resolveSibling("script-" + ++starts);
    Process shell =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(shell.waitFor(LIMIT)).isTrue();
    } finally {
      shell.descendants().toList().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly();
    }
    return new Said(shell.exitValue(), Files.readString(output));
  }

  /// What came of a script.
  record Said(int code, String text) {}

  /// {@return whether this user may mount something where nobody else sees it}
  boolean canMount() throws IOException, InterruptedException {
    List<String> alone = List.of("unshare", "-m");
    return script(List.of(), "command -v unshare").code() == 0
        && script(alone, "mount -t tmpfs none /mnt").code() == 0;
  }

  /// The program, with a folder as its standard input, which opens well and cannot be read.
  ProcessBuilder readingAFolder(String... arguments) {
    ProcessBuilder program = builder(arguments);
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" < .", "sh"));
    words.addAll(program.command());
    return program.command(words);
  }

  /// {@return what programs have left in the folder for temporary files}
  List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> left = Files.walk(temporary)) {
      return left.filter(file -> !file.equals(temporary))
          .filter(file -> !file.toString().contains("hsperfdata"))
          .toList();
    }
  }
}
