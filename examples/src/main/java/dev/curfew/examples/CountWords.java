// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import dev.curfew.Job;
import dev.curfew.StopToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A job for the runner: counts the words of a file, and stops between two lines when it is asked
/// to.
///
/// ```
/// curfew run --java dev.curfew.examples.CountWords -cp examples.jar ::: *.txt
/// ```
public final class CountWords implements Job {

  @Override
  public void run(String input, StopToken stop) throws IOException {
    long words = 0;
    try (BufferedReader lines = Files.newBufferedReader(Path.of(input))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        stop.check();
        words += line.isBlank() ? 0 : line.strip().split("\\s+", -1).length;
      }
    }
    System.out.println(words + "\t" + input);
  }
}
