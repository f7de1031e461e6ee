using System.Net;
using System.Net.Sockets;

namespace Kalinka.Tests.Stack;

internal static class ListeningPort
{
    /// <summary>Somebody takes connections on this port of 127.0.0.1.</summary>
    public static bool Answers(int port)
    {
        try
        {
            using var probe = new TcpClient();
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
