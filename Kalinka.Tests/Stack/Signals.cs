using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kalinka.Tests.Stack;

/// <summary>POSIX signals by their Linux numbers; <see cref="Process"/> knows only SIGKILL.</summary>
internal static partial class Signals
{
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <exception cref="Win32Exception">The process is gone, or not ours.</exception>
    public static void Send(this Process process, int signal)
    {
        if (SendTo(process.Id, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendTo(int processId, int signal);
}
