// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/// Lets a program work, in a JVM that is woven or not.
public final class Working {

  /// How long one piece of work took.
  ///
  /// @param nanos by the clock
  /// @param cpu of the thread, without the JIT's and the collector's
  public record Took(long nanos, long cpu) {}

  /// For the benchmark, which makes one by name.
  public Working() {}

  /// {@return what each piece took, the first with the loading and weaving of the classes}
  ///
  /// @param name the program
  /// @param pieces how many
  /// @throws Exception if it fails
  public List<Took> pieces(String name, int pieces) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<Took> all = new ArrayList<>();
    Program program = null;
    for (int piece = 0; piece < pieces; piece++) {
      long began = System.nanoTime();
      long cpu = threads.getCurrentThreadCpuTime();
      program = program == null ? Program.of(name) : program;
      if (!program.work()) {
        throw new IllegalStateException(name + " gave a wrong result");
      }
      all.add(new Took(System.nanoTime() - began, threads.getCurrentThreadCpuTime() - cpu));
    }
    return all;
  }
}
