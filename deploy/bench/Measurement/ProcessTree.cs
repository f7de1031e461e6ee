using System.Globalization;

namespace Kalinka.Bench.Measurement;

/// <summary>A process and all that it has started, as <c>/proc</c> shows them (Linux).</summary>
internal static class ProcessTree
{
    // USER_HZ, the unit of times in /proc: 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of the living members, in seconds, in steps of 10 ms.</summary>
    public static double CpuSeconds(int processId) =>
        Stat(processId) is { } stat ? (stat.Ticks / TicksPerSecond) + Children(processId).Sum(CpuSeconds) : 0;

    /// <summary>Of the member that has most: shells that stand around it count for nothing.</summary>
    public static double ResidentKiB(int processId) =>
        Children(processId).Select(ResidentKiB).Append(OwnResidentKiB(processId)).Max();

    private static double OwnResidentKiB(int processId) =>
        File.ReadLines($"/proc/{processId}/status")
            .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Select(line => Number<double>(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]))
            .FirstOrDefault();

    private static int[] Children(int processId)
    {
        var children = File.ReadAllText($"/proc/{processId}/task/{processId}/children");
        return [.. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number<int>)];
    }

    private static (long Ticks, int Parent)? Stat(int processId)
    {
        var file = $"/proc/{processId}/stat";
        if (!File.Exists(file))
        {
            return null;
        }

        // The second field, the name in brackets, may hold blanks: fields are counted from behind it, from state (3) on.
        var text = File.ReadAllText(file);
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Number<long>(fields[11]) + Number<long>(fields[12]), Number<int>(fields[1]));
    }

    private static T Number<T>(string text)
        where T : ISpanParsable<T> => T.Parse(text, CultureInfo.InvariantCulture);
}
