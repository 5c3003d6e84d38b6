// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What each job has printed, in a folder of its own: `FOLDER/1/NAME/` with the files `stdout`,
/// `stderr`, `seq` and `exit`, as with GNU parallel, which has no `exit`.
///
/// Invariants
///
/// 1. A name is one step below the folder, whatever the input is: it holds no slash and no control
///    character, begins with no dot, and is at most 255 bytes long.
/// 2. No two jobs of a list have the same name: each escape can be read back, a shortened name ends
///    with a hash, and equal inputs are counted.
///
/// **Threads.** Any.
final class Results {

  private static final String KEPT = "_-+.,=@:~^ ";
  private static final int LONGEST = 200;
  private static final int HEAD = 150;

  private final Path folder;

  /// Results in the folder for the only source of inputs, which is number 1 for GNU parallel.
  Results(Path folder) {
    this.folder = folder.resolve("1");
  }

  /// {@return what people are told when there is no room in it}
  String full() {
    return "there is no room in the folder of --results, " + folder.getParent();
  }

  /// Makes the folder, or refuses it before anything is started.
  void prepare() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UserError("--results: the folder " + folder + " cannot be made: " + e);
    }
    if (!Files.isWritable(folder)) {
      throw new UserError("--results: the folder " + folder + " cannot be written to");
    }
  }

  /// Keeps what a job has printed, in the place of what it had printed in an earlier run.
  void keep(Item item, Result result, Spool spool) throws IOException {
    Path place = folder.resolve(name(item));
    Files.createDirectories(place);
    // It tells that the others are whole.
    Files.deleteIfExists(place.resolve("exit"));
    try (OutputStream to = new FileOutputStream(place.resolve("stdout").toFile())) {
      spool.copyOutput(to);
    }
    try (OutputStream to = new FileOutputStream(place.resolve("stderr").toFile())) {
      spool.copyErrors(to);
    }
    Files.writeString(place.resolve("seq"), Long.toString(item.input().number()));
    Files.writeString(place.resolve("exit"), exit(result) + "\n");
  }

  /// The exit code of a job that has ended by itself, in words what else has become of it.
  private static String exit(Result result) {
    boolean ended = result.isDone() || result.end() == Result.End.FAILED;
    if (ended && result.code() >= 0) {
      return Integer.toString(result.code());
    }
    return result.signal() > 0 ? result.word() + ", signal " + result.signal() : result.word();
  }

  /// {@return the name of a job's folder}
  static String name(Item item) {
    byte[] input = item.input().bytes();
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < input.length; i++) {
      boolean kept = isKept(input[i]) && !(i == 0 && input[i] == '.');
      if (kept) {
        name.append((char) input[i]);
      } else {
        name.append(String.format("%%%02X", input[i] & 0xff));
      }
    }
    // The marks behind a '%' that are no hexadecimal digits come from nothing else.
    if (input.length == 0) {
      name.append("%-");
    }
    if (name.length() > LONGEST || item.input().problem().isPresent()) {
      name.setLength(Math.min(name.length(), HEAD));
      name.append("%~").append(hash(item));
    }
    return item.key().nth() == 1 ? name.toString() : name + "%+" + item.key().nth();
  }

  private static boolean isKept(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || KEPT.indexOf(b) >= 0;
  }

  private static String hash(Item item) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(item.input().bytes());
      digest.update(item.input().problem().orElse("").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
