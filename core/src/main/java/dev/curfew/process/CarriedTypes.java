// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.Serializable;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which types a task takes and gives, read from its class; nothing else is deserialised for it.
///
/// Invariant: what is allowed is found by following declared types from the two parameters of
/// [IsolatedTask]. A type that says nothing of what may be in it, such as `Object`, is refused
/// before anything is started.
final class CarriedTypes {
  private static final int DEEPEST = 200;
  private static final int SMALL_ARRAY = 1_024;

  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Boolean.class,
          Byte.class,
          Character.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          BigInteger.class,
          BigDecimal.class,
          UUID.class,
          URI.class,
          Locale.class);

  private static final Set<Class<?>> CONTAINERS =
      Set.of(
          Collection.class,
          SequencedCollection.class,
          List.class,
          Set.class,
          Map.class,
          SequencedMap.class);

  /// What values and containers are made of; `CollSer` stands for the immutable ones in the stream,
  /// and the last two for the tables of lists and maps.
  private static final Set<String> OF_THE_JDK =
      Set.of(
          "java.lang.Number",
          "java.lang.Enum",
          "java.util.CollSer",
          "java.util.ImmutableCollections$List12",
          "java.util.ImmutableCollections$ListN",
          "java.util.ImmutableCollections$Set12",
          "java.util.ImmutableCollections$SetN",
          "java.util.ImmutableCollections$Map1",
          "java.util.ImmutableCollections$MapN",
          "java.util.ArrayList",
          "java.util.Arrays$ArrayList",
          "java.util.LinkedList",
          "java.util.ArrayDeque",
          "java.util.HashSet",
          "java.util.LinkedHashSet",
          "java.util.TreeSet",
          "java.util.HashMap",
          "java.util.LinkedHashMap",
          "java.util.TreeMap",
          "java.util.EnumMap",
          "java.util.EnumSet$SerializationProxy",
          "java.util.RegularEnumSet",
          "java.util.JumboEnumSet",
          "java.util.Collections$EmptyList",
          "java.util.Collections$EmptySet",
          "java.util.Collections$EmptyMap",
          "java.util.Collections$SingletonList",
          "java.util.Collections$SingletonSet",
          "java.util.Collections$SingletonMap",
          "java.util.Collections$UnmodifiableCollection",
          "java.util.Collections$UnmodifiableList",
          "java.util.Collections$UnmodifiableRandomAccessList",
          "java.util.Collections$UnmodifiableSet",
          "java.util.Collections$UnmodifiableMap",
          "java.lang.Object",
          "java.util.Map$Entry");

  private final Class<?> task;
  private final Set<Class<?>> ours = new HashSet<>();
  private final Class<?> result;

  private CarriedTypes(Class<?> task) {
    this.task = task;
    ParameterizedType contract = contract(task);
    follow(contract.getActualTypeArguments()[0], "its arguments");
    follow(contract.getActualTypeArguments()[1], "its answer");
    result = raw(contract.getActualTypeArguments()[1]);
  }

  /// Reads them.
  ///
  /// @throws IllegalArgumentException if the class cannot be used; the message says why
  static CarriedTypes of(Class<?> task) {
    boolean inner = task.isMemberClass() && !Modifier.isStatic(task.getModifiers());
    if (task.isAnonymousClass() || task.isLocalClass() || task.isHidden() || inner) {
      throw refused(task, "it has to be a class with a name, static if it lies in another one");
    }
    try {
      Object _ = task.getDeclaredConstructor();
    } catch (NoSuchMethodException e) {
      throw refused(task, "it needs a constructor without arguments");
    }
    return new CarriedTypes(task);
  }

  private static IllegalArgumentException refused(Class<?> task, String why) {
    return new IllegalArgumentException(
        task.getName() + " cannot run in another process: " + why + ".");
  }

  ClassLoader loader() {
    ClassLoader loader = task.getClassLoader();
    return loader == null ? ClassLoader.getSystemClassLoader() : loader;
  }

  private static ParameterizedType contract(Class<?> task) {
    var open = new ArrayDeque<Class<?>>(List.of(task));
    while (!open.isEmpty()) {
      Class<?> next = open.remove();
      for (Type each : next.getGenericInterfaces()) {
        if (each instanceof ParameterizedType type && type.getRawType() == IsolatedTask.class) {
          return type;
        }
        open.add(raw(each));
      }
      if (next.getSuperclass() != null) {
        open.add(next.getSuperclass());
      }
    }
    throw refused(task, "it does not say what it takes and gives: IsolatedTask<…, …>");
  }

  private static Class<?> raw(Type type) {
    return switch (type) {
      case Class<?> whole -> whole;
      case ParameterizedType of -> raw(of.getRawType());
      default -> Serializable.class;
    };
  }

  private void follow(Type type, String where) {
    switch (type) {
      case Class<?> whole -> follow(whole, where);
      case ParameterizedType of -> {
        if (!CONTAINERS.contains(raw(of))) {
          follow(raw(of), where);
        }
        for (Type argument : of.getActualTypeArguments()) {
          follow(argument, where);
        }
      }
      case GenericArrayType array -> follow(array.getGenericComponentType(), where);
      case WildcardType wild -> follow(wild.getUpperBounds()[0], where);
      case TypeVariable<?> variable when isOfRecord(variable) -> {
        // the one that stands for it is followed where it is given
      }
      default -> throw unknown(type, where);
    }
  }

  private static boolean isOfRecord(TypeVariable<?> variable) {
    return variable.getGenericDeclaration() instanceof Class<?> type && type.isRecord();
  }

  private void follow(Class<?> type, String where) {
    if (type.isArray()) {
      follow(type.componentType(), where);
    } else if (type.isRecord() && Serializable.class.isAssignableFrom(type)) {
      if (ours.add(type)) {
        for (RecordComponent each : type.getRecordComponents()) {
          follow(each.getGenericType(), type.getSimpleName() + "." + each.getName());
        }
      }
    } else if (type.isEnum()) {
      boolean _ = ours.add(type);
    } else if (type.isSealed()) {
      for (Class<?> each : type.getPermittedSubclasses()) {
        follow(each, where);
      }
    } else if (!isValue(type)) {
      throw unknown(type, where);
    }
  }

  private static boolean isValue(Class<?> type) {
    return type.isPrimitive()
        || VALUES.contains(type)
        || (type.getPackageName().equals("java.time") && !type.isInterface());
  }

  private IllegalArgumentException unknown(Type type, String where) {
    return refused(
        task,
        "%s: %s cannot be carried; use values, serialisable records, sealed interfaces of these,"
                .formatted(where, type.getTypeName())
            + " and lists, sets, maps and arrays of them");
  }

  /// {@return a filter that lets through what is declared}
  ///
  /// @param bytes how long the whole is: no array of it can have more elements
  ObjectInputFilter filter(long bytes) {
    return info -> {
      boolean tooMuch =
          info.depth() > DEEPEST || info.arrayLength() > Math.max(SMALL_ARRAY, 2 * bytes);
      boolean allowed = info.serialClass() == null || isAllowed(info.serialClass());
      return tooMuch || !allowed ? Status.REJECTED : Status.ALLOWED;
    };
  }

  private boolean isAllowed(Class<?> type) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.componentType();
    }
    return isValue(element)
        || ours.contains(element)
        || OF_THE_JDK.contains(element.getName())
        || element.getPackageName().equals("java.time");
  }

  /// {@return the answer, which is of the type that the task declares}
  Object checkedAnswer(@Nullable Object answer) {
    if (answer == null || (!result.isPrimitive() && !result.isInstance(answer))) {
      throw new ClassCastException("it is no " + result.getName());
    }
    return answer;
  }
}
