using System.Diagnostics;

namespace Kalinka.Tests.Stack;

/// <summary>Both output streams of a process as they come, line by line. Any thread.</summary>
internal sealed class ProcessOutput
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    /// <summary>Begins to read; the process must have been started with both streams redirected.</summary>
    public ProcessOutput(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The last lines, for the message of a failed assertion.</summary>
    public string Tail => string.Join('\n', Lines.TakeLast(40));

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                _lines.Add(line);
            }
        }
    }
}
