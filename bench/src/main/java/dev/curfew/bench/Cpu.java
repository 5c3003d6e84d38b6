// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// The CPU time of this JVM, all threads: steady where the machine is shared.
public final class Cpu {

  private Cpu() {}

  /// {@return it in nanoseconds; in steps of 10 ms on Linux}
  public static long nanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
