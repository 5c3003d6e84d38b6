// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;

/// Loads the agent into another JVM.
final class Attaching {

  private Attaching() {}

  /// Waits until the other JVM has answered.
  ///
  /// @param pid as the user wrote it
  /// @return one line for the user
  /// @throws IllegalArgumentException if that is no process id
  /// @throws IOException with one line for the user
  static String to(String pid, String options) throws IOException {
    if (ModuleLayer.boot().findModule("jdk.attach").isEmpty()) {
      throw new IOException("this Java has no module jdk.attach: use that of a JDK");
    }
    if (!isThere(pid)) {
      throw new IOException("there is no process " + pid);
    }
    VirtualMachine machine = attach(pid);
    try {
      boolean there = machine.getSystemProperties().getProperty(Agent.PROPERTY) != null;
      machine.loadAgent(jar().toString(), options);
      return "process %s: %s%s"
          .formatted(
              pid,
              there ? "the agent was there, added; " : "",
              machine.getSystemProperties().getProperty(Agent.PROPERTY));
    } catch (AgentLoadException | AgentInitializationException e) {
      throw new IOException(
          "process %s did not take the agent: %s".formatted(pid, e.getMessage()), e);
    } finally {
      machine.detach();
    }
  }

  private static boolean isThere(String pid) {
    try {
      return ProcessHandle.of(Long.parseLong(pid)).isPresent();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'%s' is not a process id".formatted(pid), e);
    }
  }

  private static VirtualMachine attach(String pid) throws IOException {
    try {
      return VirtualMachine.attach(pid);
    } catch (AttachNotSupportedException e) {
      throw new IOException(
          "process %s is no JVM that can be attached to: %s".formatted(pid, e.getMessage()), e);
    } catch (IOException e) {
      throw new IOException(
          "process %s cannot be attached to, which only its own user may: %s"
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  private static Path jar() {
    try {
      return Path.of(Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the agent does not know its own jar", e);
    }
  }
}
