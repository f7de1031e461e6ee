using System.Collections.Frozen;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Common.Kafka;

/// <summary>The names of librdkafka's properties, as the library itself tells them.</summary>
internal static class PropertyNames
{
    /// <summary>Second names, which the library knows but does not list.</summary>
    private static readonly string[] Aliases =
    [
        "acks",
        "bootstrap.servers",
        "compression.type",
        "delivery.timeout.ms",
        "linger.ms",
        "max.in.flight",
        "max.partition.fetch.bytes",
        "metadata.broker.list",
        "retries",
        "sasl.mechanism",
    ];

    public static FrozenSet<string> All { get; } = Collect();

    /// <summary>Also true for an alias that is not in <see cref="All"/>.</summary>
    public static bool IsKnown(string name)
    {
        using var scratch = new ClientConfiguration();
        return All.Contains(name) || !IsUnknown(scratch.Set(name, ""));
    }

    private static bool IsUnknown(string? reason) =>
        reason?.StartsWith("No such configuration property", StringComparison.Ordinal) ?? false;

    private static unsafe FrozenSet<string> Collect()
    {
        var conf = LibRdKafka.ConfNew();
        var topicConf = LibRdKafka.TopicConfNew();
        var names = Names(LibRdKafka.ConfDump(conf, out var count), count)
            .Concat(Names(LibRdKafka.TopicConfDump(topicConf, out count), count))
            .Concat(Aliases)
            .ToFrozenSet();
        LibRdKafka.TopicConfDestroy(topicConf);
        LibRdKafka.ConfDestroy(conf);
        return names;
    }

    /// <param name="dump">Names and values in turn.</param>
    private static unsafe List<string> Names(byte** dump, nuint count)
    {
        var names = new List<string>();
        for (nuint index = 0; index < count; index += 2)
        {
            names.Add(NativeText.Read(dump[index]));
        }

        LibRdKafka.ConfDumpFree(dump, count);
        return names;
    }
}
