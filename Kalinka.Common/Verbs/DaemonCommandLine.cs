using System.CommandLine;
using Kalinka.Common.Configuration;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Verbs;

/// <summary>The command line of a daemon: verbs with their options, and among them keys of the configuration.</summary>
public static class DaemonCommandLine
{
    private const string Keys =
        "Every key of the configuration can be given after a verb's own options and wins over the file and the "
        + "environment (KALINKA_Kafka__BootstrapServers): --Kafka:BootstrapServers k1:9092";

    /// <param name="name">Of the executable.</param>
    /// <param name="description">What the daemon does.</param>
    /// <param name="arguments">As the process got them.</param>
    /// <param name="verbs">Makes the verbs; it is given the keys of the configuration among the arguments.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(
        string name,
        string description,
        IReadOnlyList<string> arguments,
        Func<IReadOnlyDictionary<string, string>, IEnumerable<Command>> verbs
    )
    {
        // First of all: what comes before takes time, too.
        using var signals = arguments is [RunVerb.Name, ..] ? new StopSignals() : null;
        var split = KeyArguments.Split(arguments);
        var root = new RootCommand($"{description}\n\n{Keys}");
        foreach (var verb in verbs(split.Keys))
        {
            root.Add(verb);
        }

        var result = root.Parse(split.Others);
        var mistakes = split.Incomplete.Select(key => $"{key}: a value is missing.");
        if (Report(name, [.. mistakes, .. result.Errors.Select(error => error.Message)]))
        {
            return ExitCodes.Mistake;
        }

        // The host answers the signals itself, in its own time.
        return await result.InvokeAsync(
            new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false },
            signals?.Token ?? CancellationToken.None
        );
    }

    private static bool Report(string name, IReadOnlyList<string> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            Console.Error.WriteLine($"error: {mistake}");
        }

        if (mistakes.Count > 0)
        {
            Console.Error.WriteLine($"See {name} --help");
        }

        return mistakes.Count > 0;
    }
}
