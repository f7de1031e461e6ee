using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Kafka.Native;

/// <summary>Which copy of librdkafka this process uses: the one of Confluent.Kafka's package, for both.</summary>
internal static class RdKafkaLibrary
{
    public const string Name = "librdkafka";

    /// <summary>
    /// In the order in which Confluent.Kafka tries them. The first needs libsasl2.so.3, which Debian does not have; the
    /// others are the same without it, for glibc and for musl.
    /// </summary>
    private static readonly string[] Candidates = [Name, "centos8-librdkafka", "alpine-librdkafka"];

    private static int _logged;

    /// <summary>Lets the imports of this assembly find the library. Once, before the first of them is called.</summary>
    public static void Resolve()
    {
        Library.Load();
        NativeLibrary.SetDllImportResolver(typeof(LibRdKafka).Assembly, Find);
    }

    /// <summary>Loads the library, and names its version in the log of the process once.</summary>
    /// <exception cref="KafkaFailureException">It is older than the package: a system's copy got in its way.</exception>
    public static void Load(ILogger logger)
    {
        var needed = typeof(Library).Assembly.GetName().Version!;
        var found = Decode(LibRdKafka.Version());
        if (found < new Version(needed.Major, needed.Minor, needed.Build))
        {
            throw new KafkaFailureException(
                $"librdkafka {found} was loaded, older than {needed} that Confluent.Kafka brings: is the system's "
                    + "librdkafka (Debian: librdkafka-dev) installed beside it?"
            );
        }

        if (Interlocked.Exchange(ref _logged, 1) == 0)
        {
            logger.LogInformation("librdkafka {Version}", Library.VersionString);
        }
    }

    /// <summary>0xMMmmrrpp: major, minor, revision; the last byte counts pre-releases.</summary>
    internal static Version Decode(int version) => new(version >> 24, (version >> 16) & 0xff, (version >> 8) & 0xff);

    /// <summary>The same copy for whoever else imports from it.</summary>
    internal static nint Find(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Name)
        {
            return 0;
        }

        foreach (var candidate in Candidates)
        {
            if (NativeLibrary.TryLoad(candidate, typeof(Library).Assembly, null, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }
}
