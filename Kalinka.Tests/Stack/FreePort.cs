using System.Net;
using System.Net.Sockets;

namespace Kalinka.Tests.Stack;

/// <summary>
/// Ports for servers that are told theirs before they listen. They lie below those that the kernel gives to outgoing
/// connections (32,768 and up), which fixtures that run side by side make all the time.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 12_000;
    private const int Ports = 20_000;

    // Another test run on this machine begins elsewhere.
    private static int _last = Random.Shared.Next(Ports);

    /// <summary>A TCP port of 127.0.0.1 that nobody listens on now; not given again for long.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref _last) % Ports);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
