#pragma once

// The choice is made before the thread sanitizer is ready to watch it.
#if defined(__SANITIZE_THREAD__)
#define AE_UNDER_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AE_UNDER_TSAN
#endif
#endif

/// Compiles a function once for each of a few generations of processors; the program takes the best
/// that it runs on. What is called from it must be inlined to gain from that.
#if defined(__x86_64__) && defined(__ELF__) && defined(__OPTIMIZE__) && !defined(AE_UNDER_TSAN) && \
    (defined(__clang__) ? __clang_major__ >= 18 : __GNUC__ >= 12)
#define AE_TARGET_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define AE_TARGET_CLONES
#endif

#define AE_ALWAYS_INLINE [[gnu::always_inline]] inline
/// The same of a lambda, after its parameters.
#define AE_ALWAYS_INLINE_LAMBDA __attribute__((always_inline))

/// Defines `name` by `template_name`, which is inlined into each clone. (What is declared without
/// its clones elsewhere cannot have them.)
#define AE_DEFINE_CLONED(Result, name, template_name, parameters, arguments)           \
  namespace {                                                                          \
  AE_TARGET_CLONES Result cloned_##name parameters { return template_name arguments; } \
  }                                                                                    \
  Result name parameters { return cloned_##name arguments; }
